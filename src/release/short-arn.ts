/** `arn:…:task-definition/api:7` → `api:7`, `arn:…:task/cluster/0123` → `0123`. */
export const shortArn = (arn: string): string => arn.split('/').at(-1) ?? arn;
