/** What a container of a task wrote, as far as CloudWatch Logs has it. */

export interface ContainerLogs {
  /**
   * The container's last lines, oldest first, redacted and cut. None where it does not log to CloudWatch Logs
   * (`awslogs`), or where they cannot be read: evidence that is missing must not hide the failure itself.
   */
  tail(
    taskDefinition: string,
    taskArn: string,
    container: string,
    lines: number,
  ): Promise<readonly string[]>;
}
