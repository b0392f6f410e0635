/**
 * What another environment has verified is brought from there, if need be from its registry to ours. For everything else
 * checks and builds run beside each other; the first failure cancels the rest. Nothing is pushed before all
 * checks have passed. A build is pushed from the host that built it; if that host is gone, it is built again.
 */
import { ActivityFailure, ApplicationFailure, CancellationScope, TimeoutFailure } from '@temporalio/workflow';
import type { BuildImageResult, PushedImage } from '../../activities/contracts/build.ts';
import type { ImageDigest, ImagePlan, Plan } from '../../release/plan.ts';
import type { ImageReport } from '../../release/verdict.ts';
import { builds, pushes } from '../pools/work.ts';
import type { StepBoard } from '../telling/step-board.ts';
import { startChecks, type Track } from './run-checks.ts';
import { announceVerified, bringVerified, verifiedBy, verifiedImage } from './verified-images.ts';

/** Hosts that may vanish under one image before the release gives up. */
const MAX_HOSTS = 3;

export const runBuildStage = async (plan: Plan, board: StepBoard): Promise<readonly ImageReport[]> => {
  for (const check of plan.checks) board.announce('check', check.name);
  for (const image of plan.images) {
    const verified = verifiedImage(plan, image);
    if (verified) {
      announceVerified(plan, image, verified, board);
      continue;
    }
    board.announce('build', image.name, image.architecture);
    board.announce('push', image.name, image.architecture);
  }
  return failTogether((track) => {
    // The checks are the same in all environments: they have passed for the very same commit.
    const checked = plan.promotion ? skipChecks(plan, board) : track(runChecks(plan, board, track));
    return Promise.all(
      plan.images.map((image) => {
        const verified = verifiedImage(plan, image);
        return track(
          verified ? bringVerified(plan, image, verified, board) : buildAndPush(plan, image, board, checked),
        );
      }),
    );
  });
};

/** When any tracked promise fails: cancels the rest, waits until they have ended, throws the first failure. */
const failTogether = async <T>(start: (track: Track) => Promise<T>): Promise<T> => {
  const scope = new CancellationScope({ cancellable: true });
  return scope.run(async () => {
    const tracked: Promise<unknown>[] = [];
    const result = start((promise) => {
      tracked.push(promise);
      return promise;
    });
    try {
      await Promise.all([...tracked, result]);
      return await result;
    } catch (error) {
      scope.cancel();
      await Promise.allSettled([...tracked, result]);
      throw error;
    }
  });
};

const runChecks = async (plan: Plan, board: StepBoard, track: Track): Promise<void> => {
  await Promise.all(startChecks(plan, board, track));
};

const skipChecks = async (plan: Plan, board: StepBoard): Promise<void> => {
  for (const { name } of plan.checks) board.skip(`check:${name}`, verifiedBy(plan));
};

const buildAndPush = async (
  plan: Plan,
  image: ImagePlan,
  board: StepBoard,
  checked: Promise<void>,
): Promise<ImageReport> => {
  for (let host = 1; ; host += 1) {
    const built = await build(plan, image, board);
    await checked;
    try {
      const digest = await push(plan, image, board, built);
      const { name, architecture, repositoryUri } = image;
      return { name, architecture, repositoryUri, digest, reused: built.kind === 'reused' };
    } catch (error) {
      if (!isHostGone(error) || host >= MAX_HOSTS) throw error;
      board.announce('push', image.name, image.architecture);
    }
  }
};

const build = (plan: Plan, image: ImagePlan, board: StepBoard): Promise<BuildImageResult> =>
  board.run(
    `build:${image.name}`,
    () =>
      builds(image.architecture, image.timeoutMs).buildImage({
        app: plan.app,
        commit: plan.commit,
        source: plan.source,
        image,
      }),
    (result) =>
      result.kind === 'reused'
        ? { detail: 'this commit is in the registry already' }
        : { logKey: result.logKey, detail: result.emulated ? 'emulated' : 'native' },
  );

const push = async (
  plan: Plan,
  image: ImagePlan,
  board: StepBoard,
  built: BuildImageResult,
): Promise<string> => {
  const pushed = await board.run(
    `push:${image.name}`,
    async (): Promise<PushedImage | { readonly digest: string }> =>
      built.kind === 'reused'
        ? { digest: built.digest }
        : pushes(built.pushQueue, plan.timing.pollIntervalMs).pushImage({
            app: plan.app,
            commit: plan.commit,
            image,
            localReference: built.localReference,
          }),
    (result) => ({ detail: result.digest, ...('logKey' in result ? { logKey: result.logKey } : {}) }),
  );
  return pushed.digest;
};

/** Nobody serves the engine's queue any more, or its workers do not find the image there. */
const isHostGone = (error: unknown): boolean => {
  if (!(error instanceof ActivityFailure)) return false;
  const { cause } = error;
  return (
    (cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START') ||
    (cause instanceof ApplicationFailure && cause.type === 'ImageGone')
  );
};

export const toDigests = (images: readonly ImageReport[]): readonly ImageDigest[] =>
  images.map(({ name, architecture, repositoryUri, digest }) => ({
    image: name,
    architecture,
    repositoryUri,
    digest,
  }));
