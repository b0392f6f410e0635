/**
 * Where the logs are that a question means: by what was recorded before the release changed anything, and not by what the
 * asker says. Whoever may start a workflow, or give a worker work, reads what Slipway has brought, and nothing else.
 */
import type { TasksOf } from '../aws/logged-tasks.ts';
import { ConfigurationError } from '../errors.ts';
import { type ReleaseRecord, recordedServices } from '../release/environment/record.ts';
import type { ServiceLogQuestion } from '../release/logs/log-question.ts';
import { problemOfLogQuestion } from '../release/logs/read-log-question.ts';
import { deployQueue } from '../release/names.ts';
import { migrationStartedBy } from './migration-names.ts';
import type { ReleaseRecords } from './release-records.ts';

export interface RecordedLogs {
  readonly release: number;
  readonly cluster: string;
  readonly tasks: TasksOf;
  /** For people. */
  readonly what: string;
}

/** @param taskQueue of the worker that answers. Errors: `ConfigurationError`, `StoreDamaged`, `InvalidKey`. */
export const recordedLogs = async (
  records: Pick<ReleaseRecords, 'read'>,
  taskQueue: string,
  question: ServiceLogQuestion,
): Promise<RecordedLogs> => {
  const problem = problemOfLogQuestion(question);
  if (problem !== null) throw new ConfigurationError(problem);
  const record = await firstRecord(records, question);
  const { number, plan } = record;
  // A cluster of another account may have the same name.
  if (deployQueue(plan.deployQueue) !== taskQueue) {
    throw new ConfigurationError(
      `release ${number} of ${question.environment} is not for the deploy workers of ${taskQueue} to read`,
    );
  }
  return { release: number, cluster: plan.cluster, ...partOf(record, question) };
};

const firstRecord = async (
  records: Pick<ReleaseRecords, 'read'>,
  { app, environment, releases }: ServiceLogQuestion,
): Promise<ReleaseRecord> => {
  for (const number of releases) {
    const record = await records.read({ app, environment }, number);
    if (record) return record;
  }
  throw new ConfigurationError(
    `the store of this deploy worker knows nothing of release ${releases.join(', ') || '(none)'} of ${environment}`,
    { advice: 'All workers need one store (--store, SLIPWAY_STORE).' },
  );
};

const partOf = (
  record: ReleaseRecord,
  { part, environment }: ServiceLogQuestion,
): Pick<RecordedLogs, 'tasks' | 'what'> => {
  if (part.kind === 'migration') {
    if (record.plan.migration)
      return { tasks: { startedBy: migrationStartedBy(record.releaseId) }, what: 'the migration' };
    throw new ConfigurationError(`release ${record.number} of ${environment} has no migration`);
  }
  const services = recordedServices(record);
  const its =
    services.find(({ name }) => name === part.name) ?? services.find(({ service }) => service === part.name);
  if (its) return { tasks: { service: its.service }, what: `service ${its.service}` };
  const there = services.map(({ name }) => name).join(', ') || 'none';
  throw new ConfigurationError(
    `release ${record.number} of ${environment} has no service ${JSON.stringify(part.name)}; it has: ${there}`,
  );
};
