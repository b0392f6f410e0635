/**
 * The `rollback` workflow: an earlier release brought again, from what it had registered and pushed – no repository, no
 * tests, no build, no approval, no migration. From its turn on it is a release like any other.
 */
import type { RecalledRelease } from '../activities/contracts/control.ts';
import { count } from '../release/count.ts';
import type { Plan } from '../release/plan.ts';
import { type RollbackRequest, readRollbackRequest } from '../release/requests/rollback-request.ts';
import type { ImageReport, OperatorRecord, ReleaseReport } from '../release/verdict.ts';
import { control } from './pools/control.ts';
import { inspectionOf } from './pools/deploy.ts';
import { runRelease } from './release.ts';
import { ReleaseFailure } from './release-failure.ts';
import { goodReleases } from './stages/good-releases.ts';
import { joinToGoBack } from './stages/join-stage.ts';
import type { Road } from './telling/course.ts';

/** @param input a RollbackRequest, as far as the starter got it right */
export const rollback = (input: RollbackRequest): Promise<ReleaseReport> => {
  const { request, problem } = readRollbackRequest(input);
  const { environment = '', app = '', startedBy = null, to } = request ?? {};
  return runRelease({
    subject: {
      app,
      environment,
      cluster: null,
      commit: null,
      startedBy,
      rollbackTo: typeof to === 'number' ? to : null,
    },
    ...(request && { opening: openingOf(request) }),
    async prepare(road) {
      if (problem !== null) throw new ReleaseFailure('configuration', 'plan', problem);
      return prepare(request, road);
    },
  });
};

const openingOf = ({ startedBy, reason, to }: RollbackRequest): OperatorRecord => ({
  atMs: Date.now(),
  action: 'rollback',
  who: startedBy ?? 'somebody',
  reason: reason ?? '',
  accepted: true,
  answer: to === undefined ? 'back to the last good release' : `back to ${to}`,
});

const prepare = async (request: RollbackRequest, road: Road): Promise<Plan> => {
  const { board } = road;
  const step = board.announce('plan', '');
  const plan = await board.run(
    step,
    async () => {
      const recalled = await control.recallRelease(request);
      const { number, spec } = recalled;
      const { app, environment, cluster, commit } = spec;
      road.onSubject({ app, environment, cluster, commit, rollbackTo: number }, recalled);
      if (recalled.github) road.onGitHub(recalled.github, commit.sha);
      road.onImages(imagesOf(recalled));
      const serving = await joinToGoBack({ ...road, request, recalled }, road.turns);
      const good = await goodReleases(spec);
      return inspectionOf(spec).inspect({ spec, serving: serving?.number ?? null, good });
    },
    ({ services }) => ({ detail: `back to what it was, ${count(services.length, 'service')}` }),
  );
  road.onPlan(plan);
  return plan;
};

const imagesOf = ({ images }: RecalledRelease): readonly ImageReport[] =>
  images.map(({ image, ...rest }) => ({ name: image, ...rest, reused: true }));
