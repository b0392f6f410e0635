/** Which services can be asked for their health: those that have a check, and had a task to run when last looked at. */
import type { CheckHealthInput, RolloutTarget } from '../../activities/contracts/rollout.ts';
import type { Plan } from '../../release/plan.ts';
import type { Looks } from './looks.ts';

/**
 * @param seen by the look before: the desired count of the time of registering may be another one by now
 * @param commit null where any commit will do (after a rollback)
 */
export const healthTargets = (
  plan: Plan,
  targets: readonly RolloutTarget[],
  seen: Pick<Looks, 'isEmpty'>,
  commit: string | null,
): CheckHealthInput['targets'] =>
  targets.flatMap(({ name }) => {
    const health = plan.services.find((service) => service.name === name)?.health;
    return health && !seen.isEmpty(name) ? [{ name, health, commit }] : [];
  });
