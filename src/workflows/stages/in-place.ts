/**
 * The commit serves already, and nobody has changed anything since: nothing is deployed, and nothing said that has not
 * been seen – each service is asked for its health, as after a rollout.
 */
import type { Plan } from '../../release/plan.ts';
import type { ServiceReport } from '../../release/verdict.ts';
import { looksOf } from '../pools/deploy.ts';
import { ReleaseFailure } from '../release-failure.ts';
import type { Road } from '../telling/course.ts';

type InPlace = NonNullable<Plan['inPlace']>;

/** Throws a ReleaseFailure where a service is not healthy. */
export const verifyInPlace = async (plan: Plan, { number, services }: InPlace, road: Road): Promise<void> => {
  const { board } = road;
  const targets = services.flatMap(({ name, empty }) => {
    const health = plan.services.find((service) => service.name === name)?.health;
    return health && !empty ? [{ name, health, commit: plan.commit.sha }] : [];
  });
  const asked = targets.map(({ name }) => name);
  await board.run(
    board.announce('verify', ''),
    async () => {
      if (targets.length === 0) return;
      const { failures } = await looksOf(plan).checkHealth({ targets, decideAll: true });
      const [first] = failures;
      if (!first) return;
      throw new ReleaseFailure(
        'unhealthy',
        'verify',
        `this commit serves already, since release ${number}, but ${failures.map(({ name, summary }) => `${name}: ${summary}`).join('; ')}`,
        [...first.evidence, 'what to do: deploy it again (--force), or go back (slipway rollback)'],
      );
    },
    () => ({ detail: `serves since release ${number}; ${asked.join(', ') || 'no health check to ask'}` }),
  );
  road.onInPlace(
    number,
    services.map((service) => reportOf(service, asked)),
  );
};

const reportOf = (
  { name, service, taskDefinition, empty }: InPlace['services'][number],
  asked: readonly string[],
): ServiceReport => ({
  name,
  service,
  state: 'untouched',
  baseline: null,
  taskDefinition,
  health: asked.includes(name) ? 'passed' : 'not-asked',
  ...(empty ? { empty } : {}),
});
