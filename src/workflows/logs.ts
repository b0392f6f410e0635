/**
 * The `logs` workflow: one page of a log, for people who can reach neither the store nor AWS. A workflow of its own for
 * each page, which ends with it: who stops reading leaves nothing behind that runs.
 */
import { ApplicationFailure } from '@temporalio/workflow';
import type { RecalledServices } from '../activities/contracts/control.ts';
import type {
  LogAnswer,
  LogQuestion,
  ServiceLogPage,
  ServiceLogQuestion,
} from '../release/logs/log-question.ts';
import { problemOfLogQuestion } from '../release/logs/read-log-question.ts';
import { isNobodyThere, noDeployWorker } from './nobody-there.ts';
import { controlQuestions } from './pools/control.ts';
import { serviceLogsOf, stepLogs } from './pools/logs.ts';

/** @param question a LogQuestion, as far as the asker got it right */
export const logs = async (question: LogQuestion): Promise<LogAnswer> => {
  const problem = problemOfLogQuestion(question);
  if (problem !== null) throw ApplicationFailure.nonRetryable(problem, 'ConfigurationError');
  switch (question.kind) {
    case 'steps':
      return stepLogs.listStepLogs(question);
    case 'step':
      return stepLogs.readStepLog(question);
    case 'service':
      return readServiceLog(question);
  }
};

/** Which deploy workers serve the environment is known to control; what they read, they know themselves. */
const readServiceLog = async (question: ServiceLogQuestion): Promise<ServiceLogPage> => {
  const { number, recalled } = await firstRecalled(question);
  try {
    return await serviceLogsOf(recalled).readServiceLog({ ...question, releases: [number] });
  } catch (error) {
    if (!isNobodyThere(error)) throw error;
    throw noDeployWorker(recalled, `nobody can read the logs of ${question.environment}`);
  }
};

const firstRecalled = async ({
  app,
  environment,
  releases,
}: ServiceLogQuestion): Promise<{ number: number; recalled: RecalledServices }> => {
  for (const number of releases) {
    const recalled = await controlQuestions.recallServices({ app, environment, number });
    if (recalled) return { number, recalled };
  }
  const which =
    releases.length > 0 ? `release ${releases.join(', ')} has brought nothing` : 'no release is named';
  throw ApplicationFailure.nonRetryable(
    `where the services of ${environment} of ${app} are is not known: ${which}`,
    'ConfigurationError',
  );
};
