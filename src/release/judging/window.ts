/**
 * ECS's rolling-update window: how many tasks may run, and how few, while a deployment is under way
 * (facts/ecs-deployers.md 3.2, AWS's documented rounding).
 */
export interface WindowSettings {
  readonly desired: number;
  /** Null where the service does not say: 100. */
  readonly minimumHealthyPercent: number | null;
  /** Null where the service does not say: 200. */
  readonly maximumPercent: number | null;
}

export interface Window {
  readonly lower: number;
  readonly upper: number;
}

export const windowOf = ({ desired, minimumHealthyPercent, maximumPercent }: WindowSettings): Window => ({
  lower: Math.ceil((desired * (minimumHealthyPercent ?? 100)) / 100),
  upper: Math.floor((desired * (maximumPercent ?? 200)) / 100),
});

/** Legal to configure, but no task may ever be started or stopped: the deployment would stand still for ever. */
export const isStuck = (settings: WindowSettings): boolean => {
  const { lower, upper } = windowOf(settings);
  return settings.desired > 0 && upper <= settings.desired && lower >= settings.desired;
};
