// The clocks of ECS that a laptop wants faster. Set them to ECS's own values to see its pace.
export interface Timing {
  /** How long a task without any health check must run before it counts as healthy. ECS: 40 s. */
  readonly healthyGraceMs: number;
  /** First pause after failed starts; doubles with each further failure. */
  readonly restartBaseMs: number;
  readonly restartMaximumMs: number;
  /** When to look again for room after a task could not be placed; a task that ends is looked at at once. */
  readonly placementRetryMs: number;
  /** The longest that a deployment waits for its alarms after all is steady. ECS: as long as they take to evaluate. */
  readonly alarmBakeMaximumMs: number;
  /** How long a stopped task can be described. ECS: at least an hour. */
  readonly stoppedTaskKeptMs: number;
  /** How long a deleted service can be described as INACTIVE. */
  readonly inactiveServiceKeptMs: number;
}

export const localTiming: Timing = {
  // Long enough for a slow (emulated, loaded) start to crash first: a crash after it is no failed deployment.
  healthyGraceMs: 3000,
  restartBaseMs: 500,
  restartMaximumMs: 30_000,
  placementRetryMs: 5000,
  alarmBakeMaximumMs: 30_000,
  stoppedTaskKeptMs: 60 * 60 * 1000,
  inactiveServiceKeptMs: 60 * 60 * 1000,
};

/** ECS's own pace. Its back-off is documented by its end only ("up to a maximum of 27 minutes"); the beginning is ours. */
export const ecsTiming: Timing = {
  ...localTiming,
  healthyGraceMs: 40_000,
  restartBaseMs: 10_000,
  restartMaximumMs: 27 * 60 * 1000,
  // CloudWatch allows a day for period × evaluation periods, so this is no limit.
  alarmBakeMaximumMs: 24 * 60 * 60 * 1000,
};
