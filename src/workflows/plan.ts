/**
 * The `plan` workflow: what a release of a commit would do, for people who ask before. It reads what a release reads, with
 * the same activities, and nothing that changes anything is ever scheduled here; the environment hears nothing of it.
 */
import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import type { SourceReading } from '../activities/contracts/control.ts';
import type { Foresight } from '../release/environment/foresight.ts';
import type { ReleaseRequest, ReleaseSpec } from '../release/plan.ts';
import { joinPreview } from '../release/preview/join-preview.ts';
import type { ReleasePreview } from '../release/preview/preview.ts';
import type { Sight } from '../release/preview/sight.ts';
import { readRequest } from '../release/requests/request.ts';
import { isNobodyThere, noDeployWorker } from './nobody-there.ts';
import { foretells } from './pools/control.ts';
import { previewsOf } from './pools/deploy.ts';
import { ownRunId } from './run-id.ts';
import { goodReleases } from './stages/good-releases.ts';
import { entrantOf } from './stages/join-stage.ts';

/** @param input a ReleaseRequest, as far as the starter got it right */
export const plan = async (input: ReleaseRequest): Promise<ReleasePreview> => {
  const { request, problem } = readRequest(input);
  if (problem !== null) throw ApplicationFailure.nonRetryable(problem, 'ConfigurationError');
  const reading = await foretells.readSource(request);
  const { spec, unverified = null } = reading;
  const [foresight, good] = await Promise.all([foreseeTurn(request, reading), goodReleases(spec, foretells)]);
  const { serving } = foresight;
  const [order, sight] = await Promise.all([
    serving && foretells.compareCommits({ app: spec.app, sha: spec.commit.sha, serving: serving.sha }),
    preview(spec, { spec, serving: serving?.number ?? null, good }),
  ]);
  return joinPreview({ request, spec, unverified, foresight, order, sight, nowMs: Date.now() });
};

const foreseeTurn = (request: ReleaseRequest, reading: SourceReading): Promise<Foresight> => {
  const { startTime } = workflowInfo();
  const { app, environment } = reading.spec;
  const entrant = entrantOf({
    request,
    reading,
    releaseId: ownRunId(),
    startedAtMs: startTime.getTime(),
  });
  return foretells.foreseeTurn({
    app,
    environment,
    arrival: { entrant, rules: reading.rules, ready: false },
  });
};

const preview = async (
  where: ReleaseSpec,
  input: Parameters<ReturnType<typeof previewsOf>['preview']>[0],
): Promise<Sight> => {
  try {
    return await previewsOf(where).preview(input);
  } catch (error) {
    if (!isNobodyThere(error)) throw error;
    throw noDeployWorker(where, `nobody can look at the cluster of ${where.environment}`);
  }
};
