/**
 * `slipway watch` as people have it: built, in a real pseudo-terminal, on a release that runs on a real Temporal server
 * behind fake pools. Each frame is interpreted and looked at.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Context } from '@temporalio/activity';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { StepProgress } from '../../src/activities/heartbeat.ts';
import type { StabilityProgress } from '../../src/activities/wait-until-stable.ts';
import { connect, type ReleaseClient, type StartedRelease, startRelease } from '../../src/client/index.ts';
import { TransientError } from '../../src/errors.ts';
import { ensureBuilt, TOP } from '../e2e/built-cli.ts';
import { FakePools, planFor } from '../fakes/activities.ts';
import { PtyRun } from '../pty/pty-run.ts';
import type { Snapshot } from '../pty/screen.ts';
import { startServer, withPools } from './harness.ts';

const ESC = '\u001b';
const SUBJECT = `feat: ${ESC}[2J${ESC}]0;pwned\u0007 fünf 日本語 👩‍👩‍👧‍👦 🇩🇪👍🏽❤️ and so on, so that it does not fit into a line`;

let env: TestWorkflowEnvironment;
let client: ReleaseClient;
let folder: string;
let run: PtyRun | undefined;
let counter = 0;

beforeAll(async () => {
  await ensureBuilt();
  env = await startServer();
  client = await connect({ address: env.address });
});
afterAll(async () => {
  await client?.close();
  await env?.teardown();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-live-'));
});
afterEach(async () => {
  await run?.end();
  run = undefined;
  await rm(folder, { recursive: true });
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Tells what is given, one after the other, as the real activities do. */
const tell = async (beats: readonly (StepProgress | Partial<StabilityProgress>)[], everyMs = 150) => {
  const context = Context.current();
  for (const beat of beats) {
    context.heartbeat(beat);
    await Promise.race([pause(everyMs), context.cancelled]);
  }
};

const tasks = (running: number, old: number) => ({
  new: { running, desired: 3, pending: 3 - running },
  old: { running: old, desired: old },
});

/** A release that says all that a release can say, for some seconds. */
const talkative = (): FakePools => {
  const spec = (request: Parameters<typeof planFor>[0]) => {
    const plan = planFor(request);
    return { ...plan, commit: { ...plan.commit, subject: SUBJECT }, warnings: ['no circuit breaker'] };
  };
  return new FakePools()
    .on('readSource', async (request) => ({
      spec: spec(request),
      ancestors: [],
      rules: { policy: 'supersede' as const, freezes: [] },
    }))
    .on('inspect', async (input) => spec({ environment: input.spec.environment, sha: input.spec.commit.sha }))
    .on('buildImage', async ({ image }, call, good) => {
      const step = `build:${image.name}`;
      await tell(
        Array.from({ length: 8 }, (_, done) => ({
          phase: 'building',
          lastLine: '',
          step,
          measured: {
            done,
            total: 8,
            unit: 'steps' as const,
            current: `[${done + 1}/8] RUN make ${ESC}[31m🚀`,
          },
        })),
      );
      if (call === 1) throw new TransientError('the Docker engine went away');
      return good();
    })
    .on('waitUntilStable', async ({ rollouts }, _call, good) => {
      await tell(
        [0, 1, 2, 3].map((running) => ({
          services: Object.fromEntries(
            rollouts.map(({ name }) => [
              name,
              {
                phase: running < 3 ? 'starting' : 'draining',
                detail: `${running}/3 new running, ${3 - running} old left`,
                tasks: tasks(running, 3 - running),
                targets: { healthy: running, total: 3 },
              },
            ]),
          ),
        })),
        400,
      );
      return good();
    });
};

const start = (more: object = {}): Promise<StartedRelease> => {
  counter += 1;
  return startRelease(client, {
    app: 'shop',
    environment: `live-${counter}`,
    sha: String(counter).padStart(40, 'c'),
    startedBy: 'ada',
    ...more,
  });
};

interface WatchSettings {
  readonly columns?: number;
  readonly rows?: number;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A shell's own words before and after, to see what is left of them. */
  readonly shell?: string;
}

const watch = (
  { workflowId }: StartedRelease,
  { columns = 80, rows = 24, args = [], env: more = {}, shell }: WatchSettings = {},
): PtyRun => {
  const command = [process.execPath, join(TOP, 'bin/slipway.js'), 'watch', workflowId, ...args];
  run = new PtyRun(shell === undefined ? command : ['sh', '-c', shell, 'sh', ...command], {
    columns,
    rows,
    cwd: folder,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      TERM: 'xterm-256color',
      TEMPORAL_ADDRESS: env.address,
      ...more,
    },
  });
  return run;
};

const headers = (lines: readonly string[]): number =>
  lines.filter((line) => /^(▸ running|‖ held|↩ rolling back|✓ succeeded|… asking) /.test(line)).length;

/** Nothing wraps, nothing is left of frames before, and the cursor does not blink through it. */
const expectSound = (frame: Snapshot): void => {
  const picture = `\n${frame.lines.join('\n')}\n`;
  expect({ picture, wrapped: frame.wrapped }).toEqual({ picture, wrapped: [] });
  expect({ picture, headers: headers(frame.lines) }).toEqual({ picture, headers: 1 });
  expect({ picture, above: headers(frame.above) }).toEqual({ picture, above: 0 });
  // The cursor waits right below the last line: whatever stood lower is gone.
  expect({ picture, cursor: frame.cursorRow }).toEqual({ picture, cursor: frame.lines.length });
  expect(frame.cursorColumn).toBe(0);
};

describe('slipway watch in a terminal of 80×24', () => {
  it('shows a release from its first step to its verdict, frame by frame', async () => {
    await withPools(env, talkative(), async () => {
      const release = await start();
      const watching = watch(release, { shell: 'echo before; "$@"; code=$?; echo after; exit $code' });
      expect(await watching.exited).toBe(0);
      (await import('node:fs')).writeFileSync(
        '/tmp/w/live/frames.txt',
        watching.frames.map((f) => f.lines.join('\n')).join('\n=====\n'),
      );
      for (const frame of watching.frames) expectSound(frame);
    });
  });
});
