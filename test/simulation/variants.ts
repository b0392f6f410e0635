/** Engines that are known to be wrong, made from the real one: each as small a change as people make it. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import type { Held } from '../../src/activities/contracts/deploy.ts';
import type { UpdateServicesInput, WaitUntilStableInput } from '../../src/activities/contracts/rollout.ts';
import { bundle } from '../workflow-bundle.ts';
import { sleepOn } from './clock.ts';
import type { Spoil } from './run-seed.ts';

const top = fileURLToPath(new URL('../../', import.meta.url));

interface Edit {
  /** Below src/. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** The workflow code of today, but for these edits; throws where there is nothing to edit any more. */
export const bundleWith = async (edits: readonly Edit[]): Promise<WorkflowBundleWithSourceMap> => {
  await mkdir(join(top, '.cache'), { recursive: true });
  // Below the repository's own folder, where its packages are found.
  const folder = await mkdtemp(join(top, '.cache', 'variant-'));
  try {
    for (const room of ['workflows', 'release'])
      await cp(join(top, 'src', room), join(folder, room), { recursive: true });
    for (const { file, from, to } of edits) {
      const parts = (await readFile(join(folder, file), 'utf8')).split(from);
      if (parts.length !== 2) throw new Error(`${file} should have this once:\n${from}`);
      await writeFile(join(folder, file), parts.join(to));
    }
    return await bundle(join(folder, 'workflows/index.ts'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const BEFORE_THE_STEP = '  compensation.willTouch(wave);\n  const rollouts = await board.run(';
const AFTER_THE_STEP = '  await board.run(\n    `stable:';

/** What is about to be touched is registered only when it has been: too late for a step that fails half-way. */
export const REGISTERED_AFTER_THE_STEP: readonly Edit[] = [
  {
    file: 'workflows/stages/rollout-stage.ts',
    from: BEFORE_THE_STEP,
    to: '  const rollouts = await board.run(',
  },
  {
    file: 'workflows/stages/rollout-stage.ts',
    from: AFTER_THE_STEP,
    to: `  compensation.willTouch(wave);\n${AFTER_THE_STEP}`,
  },
];

/** Back to the revision before the one that the service has now, instead of the recorded one. */
export const relativeRollback: Spoil = (activities, cloud) => ({
  ...activities,
  async updateServices(input: Held<UpdateServicesInput>) {
    if (input.allOrNothing) return activities.updateServices(input);
    const updates = await Promise.all(
      input.updates.map(async (update) => {
        const { primary } = await cloud.look(update.service);
        return { ...update, taskDefinition: revisionBefore(primary.taskDefinition), acceptable: [] };
      }),
    );
    return activities.updateServices({ ...input, updates });
  },
});

const revisionBefore = (arn: string): string =>
  arn.replace(/:(\d+)$/, (_all, revision: string) => `:${Math.max(1, Number(revision) - 1)}`);

/** As a script would wait: until as many tasks run as are wanted, whichever they are. */
export const successOnCounts: Spoil = (activities, cloud) => ({
  ...activities,
  async waitUntilStable({ rollouts, timing }: WaitUntilStableInput) {
    const isThere = async (service: string): Promise<boolean> => {
      const { running, desired } = await cloud.look(service);
      return running.length === desired;
    };
    for (let waitedMs = 0; waitedMs < timing.stabilityTimeoutMs; waitedMs += timing.pollIntervalMs) {
      const there = await Promise.all(rollouts.map(({ service }) => isThere(service)));
      if (there.every(Boolean)) return { failures: [] };
      await sleepOn(timing.pollIntervalMs);
    }
    const [first] = rollouts;
    const failure = {
      name: first?.name ?? '',
      kind: 'timed-out' as const,
      summary: 'not there',
      evidence: [],
    };
    return { failures: [failure] };
  },
});
