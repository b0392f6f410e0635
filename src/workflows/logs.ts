/**
 * The `logs` workflow: one page of a log, for people who can reach neither the store nor AWS. A workflow of its own for
 * each page, which ends with it: who stops reading leaves nothing behind that runs.
 */
import { ApplicationFailure } from '@temporalio/workflow';
import type { RecordedService } from '../release/environment/drift.ts';
import type {
  LogAnswer,
  LogPlaceOfTasks,
  LogQuestion,
  ServiceLogQuestion,
} from '../release/logs/log-question.ts';
import { isLogQuestion } from '../release/logs/read-log-question.ts';
import { controlQuestions } from './pools/control.ts';
import { serviceLogsOf, stepLogs } from './pools/logs.ts';

/** @param question a LogQuestion, as far as the asker got it right */
export const logs = async (question: LogQuestion): Promise<LogAnswer> => {
  if (!isLogQuestion(question)) {
    throw ApplicationFailure.nonRetryable(
      'the input of a question for logs: expected {"kind":"steps"|"step"|"service", …}; slipway logs asks it',
      'ConfigurationError',
    );
  }
  switch (question.kind) {
    case 'steps':
      return stepLogs.listStepLogs(question);
    case 'step':
      return stepLogs.readStepLog(question);
    case 'service': {
      const place = question.cursor === null ? await placeOf(question) : question.place;
      return serviceLogsOf(place).readServiceLog({ ...question, place });
    }
  }
};

/** Which deploy workers serve the environment is known to control, by what a release has brought there. */
const placeOf = async ({
  place,
  numbers,
  app,
  environment,
}: ServiceLogQuestion): Promise<LogPlaceOfTasks> => {
  for (const number of numbers) {
    const recalled = await controlQuestions.recallServices({ app, environment, number });
    if (!recalled) continue;
    const { cluster, deployQueue, services } = recalled;
    const tasks = inEcs(place.tasks, services);
    return { cluster, tasks, ...(deployQueue !== undefined && { deployQueue }) };
  }
  // One that has been asked for by its name in ECS is in the plan of a release that has brought nothing yet.
  return { ...place, tasks: inEcs(place.tasks, []) };
};

const inEcs = (
  tasks: LogPlaceOfTasks['tasks'],
  services: readonly RecordedService[],
): LogPlaceOfTasks['tasks'] => {
  if (tasks.kind !== 'service' || tasks.service !== null) return tasks;
  const named = services.find(({ name }) => name === tasks.name);
  if (named) return { ...tasks, service: named.service };
  const there = services.map(({ name }) => name).join(', ') || 'none that is known';
  throw ApplicationFailure.nonRetryable(
    `no release has brought a service ${JSON.stringify(tasks.name)} here yet; there is: ${there}`,
    'ConfigurationError',
  );
};
