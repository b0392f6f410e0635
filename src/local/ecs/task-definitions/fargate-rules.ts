// What Fargate refuses in a task definition that requires it, in ECS's words as far as they are known.
// Source: "Amazon ECS task definition differences for Fargate", Fargate task sizes, and what clients report.
import type { ContainerDefinition, RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';
import { clientError } from '../lookup.ts';
import { sizeInUnits } from './sizes.ts';

export function checkFargate(input: RegisterTaskDefinitionCommandInput): void {
  if (input.networkMode !== 'awsvpc') {
    throw clientError('Fargate only supports network mode ‘awsvpc’.');
  }
  if (!input.cpu || !input.memory) {
    throw clientError('Fargate requires that ‘cpu’ and ‘memory’ be defined at the task level.');
  }
  checkFargateSize(input.cpu, input.memory);
  if (input.ipcMode) throw unsupported('ipcMode');
  if (input.pidMode === 'host') {
    throw clientError(
      "Tasks using the Fargate launch type do not support pidMode 'host'. The supported value for pidMode is 'task'.",
    );
  }
  if (input.placementConstraints?.length) throw unsupported('placementConstraints');
  for (const { host, dockerVolumeConfiguration } of input.volumes ?? []) {
    if (host?.sourcePath) throw unsupported('sourcePath');
    if (dockerVolumeConfiguration) throw unsupported('dockerVolumeConfiguration');
  }
  checkEphemeralStorage(input.ephemeralStorage?.sizeInGiB);
  for (const container of input.containerDefinitions ?? []) checkContainer(container, input);
}

function checkContainer(container: ContainerDefinition, input: RegisterTaskDefinitionCommandInput): void {
  if (container.privileged) throw clientError("Fargate requires that the 'privileged' setting be 'false'.");
  const { linuxParameters: linux } = container;
  if (linux?.devices?.length) throw unsupported('devices');
  if (linux?.tmpfs?.length) throw unsupported('tmpfs');
  if (linux?.sharedMemorySize) throw unsupported('sharedMemorySize');
  if (linux?.maxSwap != null) throw unsupported('maxSwap');
  if (linux?.swappiness != null) throw unsupported('swappiness');
  if (linux?.capabilities?.add?.some((capability) => capability !== 'SYS_PTRACE')) {
    throw clientError('Fargate only supports adding the SYS_PTRACE capability.');
  }
  if (container.dockerSecurityOptions?.length) throw unsupported('dockerSecurityOptions');
  if (container.resourceRequirements?.some(({ type }) => type === 'GPU')) {
    throw clientError('Tasks using the Fargate launch type do not support GPU resource requirements.');
  }
  if ((container.stopTimeout ?? 0) > 120) {
    throw clientError(
      'Tasks using the Fargate launch type must have a container stop timeout of less than 120 seconds.',
    );
  }
  checkRoleAndLogs(container, input);
}

function checkRoleAndLogs(container: ContainerDefinition, input: RegisterTaskDefinitionCommandInput): void {
  const { logConfiguration: logs } = container;
  if (logs && !['awslogs', 'splunk', 'awsfirelens'].includes(logs.logDriver ?? '')) {
    throw clientError(
      `${logs.logDriver} is not a valid log driver. Must be one of [awslogs,splunk,awsfirelens].`,
    );
  }
  if (input.executionRoleArn) return;
  if (logs?.logDriver === 'awslogs') {
    throw clientError(
      'Fargate requires task definition to have execution role ARN to support log driver awslogs.',
    );
  }
  if (container.secrets?.length) {
    throw clientError(
      "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
    );
  }
}

/** 20 GiB come with each task; more is asked for, within these limits. */
function checkEphemeralStorage(sizeInGiB: number | undefined): void {
  if (sizeInGiB == null) return;
  if (sizeInGiB < 21) throw clientError('EphemeralStorage size should be at least 21.');
  if (sizeInGiB > 200) throw clientError('EphemeralStorage size should be at most 200.');
}

/** vCPU units → MiB. Source: Fargate task sizes in the ECS developer guide. */
const fargateSizes: Readonly<Record<string, readonly number[]>> = {
  256: [512, 1024, 2048],
  512: range(1024, 4096, 1024),
  1024: range(2048, 8192, 1024),
  2048: range(4096, 16_384, 1024),
  4096: range(8192, 30_720, 1024),
  8192: range(16_384, 61_440, 4096),
  16384: range(32_768, 122_880, 8192),
};

function range(from: number, to: number, step: number): number[] {
  return Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);
}

/** CPU and memory as a definition or an override gives them. */
export function checkFargateSize(cpu: string, memory: string): void {
  const [units, mebibytes] = [sizeInUnits(cpu, 'vcpu'), sizeInUnits(memory, 'gb')];
  if (fargateSizes[String(units)]?.includes(mebibytes)) return;
  throw clientError(
    `No Fargate configuration exists for given values: ${units} CPU, ${mebibytes} memory. See the Amazon ECS documentation for the valid values.`,
  );
}

const unsupported = (what: string): Error =>
  clientError(`Fargate compatible task definitions do not support ${what}.`);
