/** Which services of a wave can be asked for their health: those that have a check and are not scaled to zero. */
import type { CheckHealthInput, RolloutTarget } from '../activities/contract.ts';
import type { Plan } from '../release/plan.ts';

/** @param commit null where any commit will do (after a rollback). */
export const healthTargets = (
  plan: Plan,
  targets: readonly RolloutTarget[],
  commit: string | null,
): CheckHealthInput['targets'] =>
  targets.flatMap(({ name, desired }) => {
    const health = plan.services.find((service) => service.name === name)?.health;
    return health && desired > 0 ? [{ name, health, commit }] : [];
  });
