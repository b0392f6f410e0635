// Finding groups and streams by name or ARN, with CloudWatch Logs' own errors when they are not there.
import { AwsError } from '../wire/aws-error.ts';
import type { CallContext } from '../wire/operations.ts';
import type { LogGroup, LogStore } from './log-store.ts';
import type { StreamFile } from './stream-file.ts';

export interface GroupNaming {
  readonly logGroupName?: string | undefined;
  /** A name or an ARN. */
  readonly logGroupIdentifier?: string | undefined;
}

export function requireGroup(store: LogStore, naming: GroupNaming): LogGroup {
  const name = groupName(naming);
  const group = store.groups.get(name);
  if (group !== undefined) return group;
  throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
}

export function requireStream(group: LogGroup, name: string | undefined): StreamFile {
  const stream = group.streams.get(name ?? '');
  if (stream !== undefined) return stream;
  throw new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.');
}

function groupName({ logGroupName, logGroupIdentifier }: GroupNaming): string {
  const given = logGroupName ?? logGroupIdentifier;
  if (given === undefined) throw new AwsError('InvalidParameterException', 'A log group must be named');
  // `arn:aws:logs:<region>:<account>:log-group:<name>` with or without `:*`
  return given.startsWith('arn:') ? given.split(':').slice(6).join(':').replace(/:\*$/, '') : given;
}

export function groupArn(name: string, { region, accountId }: CallContext): string {
  return `arn:aws:logs:${region}:${accountId}:log-group:${name}`;
}
