/**
 * The `logs` workflow: one page of a log, for people who can reach neither the store nor AWS. A workflow of its own for
 * each page, which ends with it: who stops reading leaves nothing behind that runs.
 */
import { ApplicationFailure } from '@temporalio/workflow';
import type { RecordedService } from '../release/environment/drift.ts';
import type { LogAnswer, LogPlaceOfTasks, LogQuestion, ServiceLogQuestion } from '../release/log-question.ts';
import { controlQuestions } from './pools/control.ts';
import { serviceLogsOf, stepLogs } from './pools/logs.ts';

export const logs = async (question: LogQuestion): Promise<LogAnswer> => {
  switch (question?.kind) {
    case 'steps':
      return stepLogs.listStepLogs(question);
    case 'step':
      return stepLogs.readStepLog(question);
    case 'service': {
      const place = question.cursor === null ? await placeOf(question) : question.place;
      return serviceLogsOf(place).readServiceLog({ ...question, place });
    }
    default:
      throw ApplicationFailure.nonRetryable(
        'the input of a question for logs: expected {"kind":"steps"|"step"|"service", …}; slipway logs asks it',
        'ConfigurationError',
      );
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
    const tasks = place.tasks.kind === 'service' ? inEcs(place.tasks, services) : place.tasks;
    return { cluster, tasks, ...(deployQueue !== undefined && { deployQueue }) };
  }
  return place;
};

type ServiceTasks = Extract<LogPlaceOfTasks['tasks'], { readonly kind: 'service' }>;

/** Who asks may know a service by its name in `slipway.yaml` alone. */
const inEcs = (tasks: ServiceTasks, services: readonly RecordedService[]): ServiceTasks => {
  const isInEcs = services.some(({ service }) => service === tasks.service);
  const named = services.find(({ name }) => name === tasks.service);
  return isInEcs || !named ? tasks : { kind: 'service', service: named.service };
};
