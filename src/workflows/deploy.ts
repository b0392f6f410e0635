/** The `deploy` workflow: one commit brought to one environment – tested, built and pushed on the way to its turn. */
import { count } from '../release/count.ts';
import type { Plan, ReleaseRequest, ReleaseSpec } from '../release/plan.ts';
import { readRequest } from '../release/requests/request.ts';
import type { ReleaseReport } from '../release/verdict.ts';
import { control } from './pools/control.ts';
import { inspectionOf } from './pools/deploy.ts';
import { runRelease } from './release.ts';
import { ReleaseFailure } from './release-failure.ts';
import { runBuildStage } from './stages/build-stage.ts';
import { goodReleases } from './stages/good-releases.ts';
import { verifyInPlace } from './stages/in-place.ts';
import { joinEnvironment } from './stages/join-stage.ts';
import { notVerified } from './stages/verification-gate.ts';
import type { Road, Subject } from './telling/course.ts';

/** @param input a ReleaseRequest, as far as the starter got it right */
export const deploy = (input: ReleaseRequest): Promise<ReleaseReport> => {
  const { request, problem } = readRequest(input);
  const { environment = '', app = '', startedBy = null } = request ?? {};
  return runRelease({
    subject: { app, environment, cluster: null, commit: null, startedBy, rollbackTo: null },
    async prepare(road) {
      if (problem !== null) throw new ReleaseFailure('configuration', 'plan', problem);
      return prepare(request, road);
    },
  });
};

const prepare = async (request: ReleaseRequest, road: Road): Promise<Plan | null> => {
  const { board } = road;
  const step = board.announce('plan', '');
  const plan = await board.run(
    step,
    async () => {
      const reading = await control.readSource(request);
      road.onSubject(subjectOf(reading.spec), reading);
      if (reading.github) road.onGitHub(reading.github, reading.spec.commit.sha);
      const serving = await joinEnvironment({ ...road, request, reading }, road.turns);
      // Said after joining, so that the environment remembers who tried.
      if (reading.unverified) throw notVerified(reading.spec, reading.unverified);
      return inspectionOf(reading.spec).inspect({
        spec: reading.spec,
        serving: serving?.number ?? null,
        good: await goodReleases(reading.spec),
      });
    },
    ({ images, services }) => ({
      detail: `${count(images.length, 'image')}, ${count(services.length, 'service')}`,
    }),
  );
  road.onPlan(plan);
  if (plan.inPlace && !request.force) {
    await verifyInPlace(plan, plan.inPlace, road);
    return null;
  }
  road.onImages(await runBuildStage(plan, board));
  return plan;
};

const subjectOf = ({ app, environment, cluster, commit }: ReleaseSpec): Partial<Subject> => ({
  app,
  environment,
  cluster,
  commit,
});
