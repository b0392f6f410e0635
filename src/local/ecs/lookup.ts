// Finds what a request names – by name or ARN – or refuses as ECS does.
import { AwsError } from '../wire/aws-error.ts';
import { isArn, shortName } from './ids.ts';
import type { ClusterRecord, EcsState, ServiceRecord, TaskDefinitionRecord, TaskRecord } from './model.ts';
import { parseRevisionReference } from './task-definitions/task-definition-reference.ts';

export function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterException', message);
}

export function clientError(message: string): AwsError {
  return new AwsError('ClientException', message);
}

export function findCluster(state: EcsState, nameOrArn: string | undefined): ClusterRecord | undefined {
  const cluster = state.clusters[shortName(nameOrArn || 'default')];
  return cluster?.status === 'ACTIVE' ? cluster : undefined;
}

export function requireCluster(state: EcsState, nameOrArn: string | undefined): ClusterRecord {
  const cluster = findCluster(state, nameOrArn);
  if (!cluster) throw new AwsError('ClusterNotFoundException', 'Cluster not found.');
  return cluster;
}

/** An ARN names its cluster, and that must be the one that is asked. Old ARNs (`service/name`) name none. */
function requireSameCluster(cluster: ClusterRecord, nameOrArn: string): void {
  if (!isArn(nameOrArn)) return;
  const [, named, rest] = nameOrArn.split('/');
  if (rest !== undefined && named !== cluster.name) {
    throw invalid(`Invalid identifier: Identifier is for cluster ${named}. Your cluster is ${cluster.name}`);
  }
}

/**
 * The newest of that name: a deleted service stays INACTIVE for a while beside its successor.
 * Throws InvalidParameterException for an ARN of another cluster (aws-toolkit-vscode#2915).
 */
export function findService(
  state: EcsState,
  cluster: ClusterRecord,
  nameOrArn: string,
): ServiceRecord | undefined {
  requireSameCluster(cluster, nameOrArn);
  return state.services[serviceKey(cluster, shortName(nameOrArn))];
}

export function serviceKey(cluster: ClusterRecord, name: string): string {
  return `${cluster.arn.replace(':cluster/', ':service/')}/${name}`;
}

export function requireService(
  state: EcsState,
  cluster: ClusterRecord,
  nameOrArn: string | undefined,
): ServiceRecord {
  if (!nameOrArn) throw invalid('Service cannot be empty.');
  const service = findService(state, cluster, nameOrArn);
  if (!service) throw new AwsError('ServiceNotFoundException', 'Service not found.');
  return service;
}

/** `family` (its latest ACTIVE revision), `family:revision` or ARN. */
export function findTaskDefinition(state: EcsState, reference: string): TaskDefinitionRecord | undefined {
  const parsed = parseRevisionReference(reference);
  if (!parsed) return undefined;
  if (parsed.revision !== undefined) return state.taskDefinitions[`${parsed.family}:${parsed.revision}`];
  for (let revision = state.lastRevisions[parsed.family] ?? 0; revision > 0; revision -= 1) {
    const record = state.taskDefinitions[`${parsed.family}:${revision}`];
    if (record?.status === 'ACTIVE') return record;
  }
  return undefined;
}

/** For what starts tasks: an inactive task definition cannot. */
export function requireActiveTaskDefinition(
  state: EcsState,
  reference: string | undefined,
): TaskDefinitionRecord {
  if (!reference) throw invalid('TaskDefinition cannot be empty.');
  const record = findTaskDefinition(state, reference);
  if (!record) throw clientError('TaskDefinition not found.');
  if (record.status !== 'ACTIVE') throw clientError('TaskDefinition is inactive');
  return record;
}

/** Throws InvalidParameterException for what cannot be an id, and for an ARN of another cluster. */
export function findTask(state: EcsState, cluster: ClusterRecord, idOrArn: string): TaskRecord | undefined {
  requireSameCluster(cluster, idOrArn);
  if (![32, 36].includes(shortName(idOrArn).length)) throw invalid('taskId length should be one of [32,36]');
  const task = state.tasks[shortName(idOrArn)];
  return task?.clusterArn === cluster.arn ? task : undefined;
}
