/**
 * The release that an environment stands for when something is said to one: the only one that runs. The newest of
 * several may be one that only waits for another, and an abort would miss the one that changes things.
 */
import {
  AmbiguousReleaseError,
  describeRelease,
  type FoundRelease,
  type ListedRelease,
  type ReleaseClient,
  ReleaseNotFoundError,
  releaseStatus,
  runningReleases,
  startOne,
} from '../../client/index.ts';
import { utcTime } from '../render/hold.ts';
import { doingNow } from '../render/pending.ts';

/** They are all asked how they stand, but nobody wants to wait for that. */
const ANSWER_WITHIN_MS = 2_000;

/** @throws ReleaseNotFoundError where none runs, AmbiguousReleaseError where several do */
export async function onlyRunning(
  client: ReleaseClient,
  app: string | undefined,
  environment: string,
): Promise<FoundRelease> {
  const found = await runningReleases(client, app, environment);
  const running = found.length > 1 ? await withoutEnded(client, found) : found;
  const [only, ...others] = running;
  const which = app === undefined ? environment : `${app} in ${environment}`;
  if (!only) {
    throw new ReleaseNotFoundError(`no release of ${which} is running`, {
      advice: startOne(app, environment),
    });
  }
  if (others.length === 0) return only;
  throw new AmbiguousReleaseError(`${running.length} releases of ${which} are running: which one?`, {
    evidence: await Promise.all(running.map((release) => lineOf(client, release))),
    advice: 'Give the workflow id instead of the environment. A later one waits for the earlier one to end.',
  });
}

/** What Temporal lists as running may have ended a moment ago. */
async function withoutEnded(
  client: ReleaseClient,
  found: readonly ListedRelease[],
): Promise<readonly ListedRelease[]> {
  const running = await Promise.all(
    found.map(async (release) => (await describeRelease(client, release)).running),
  );
  return found.filter((_release, index) => running[index]);
}

async function lineOf(client: ReleaseClient, release: ListedRelease): Promise<string> {
  const [status, snapshot] = await Promise.all([
    releaseStatus(client, release, ANSWER_WITHIN_MS).catch(() => undefined),
    describeRelease(client, release).catch(() => undefined),
  ]);
  const doing = status ? doingNow(status, snapshot?.pending ?? []) : 'no control worker says how it stands';
  return `${release.workflowId}  since ${utcTime(release.startedAtMs)}  ${doing}`;
}
