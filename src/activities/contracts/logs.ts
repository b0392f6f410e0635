/** Who reads logs for people: control those of steps, the deploy pool those of containers. Types only. */
import type {
  ServiceLogPage,
  ServiceLogQuestion,
  StepList,
  StepListQuestion,
  StepLogPage,
  StepLogQuestion,
} from '../../release/logs/log-question.ts';

/** Of the control pool: the logs lie in its store. */
export interface StepLogActivities {
  listStepLogs(question: StepListQuestion): Promise<StepList>;
  /** One page, as soon as there is one, or an empty one when the wait is over. Error: `InvalidKey`. */
  readStepLog(question: StepLogQuestion): Promise<StepLogPage>;
}

/** Of the deploy pool: the containers' logs lie in AWS. */
export interface ServiceLogActivities {
  /**
   * One page, as soon as there is one, or an empty one when the wait is over. Errors: `ConfigurationError` where what is
   * asked for is not what the release was recorded to have; `RefusedByService` also where none of the containers logs to
   * where we can read; `Transient`.
   */
  readServiceLog(question: ServiceLogQuestion): Promise<ServiceLogPage>;
}
