// What the rest of the local AWS may know of CloudWatch alarms: their state, and when it changes.
// A state is what SetAlarmState said last; metrics are not evaluated here.

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

export interface Alarms {
  /** By name or ARN, as ECS takes either. Undefined when there is no such alarm. */
  stateOf(name: string): AlarmState | undefined;
  /** Period × evaluation periods: how long ECS goes on watching after a rollout. Undefined when there is no such alarm. */
  evaluationMs(name: string): number | undefined;
  /** Calls `listener` with the name of an alarm after its state has changed or it was made or deleted. Returns how to stop. */
  onChange(listener: (name: string) => void): () => void;
}

/** For tests and tools without CloudWatch: no alarm exists. */
export const noAlarms: Alarms = {
  stateOf: () => undefined,
  evaluationMs: () => undefined,
  onChange: () => () => undefined,
};
