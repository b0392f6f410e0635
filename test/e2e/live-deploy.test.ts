/**
 * `slipway deploy` of a one-service app in a real pseudo-terminal, on the whole local stack: the real activities say how
 * far they are, `describe()` has it, and the live view shows it.
 */
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  connect,
  describeRelease,
  findRelease,
  type PendingActivity,
  type ReleaseClient,
} from '../../src/client/index.ts';
import { PtyRun } from '../pty/pty-run.ts';
import { TOP } from './built-cli.ts';
import { commitProgram } from './one-service.ts';
import { type OneServiceStack, startOneServiceStack } from './one-service-stack.ts';

/** Steps that take a while, so that somebody can watch them; new each time, as the engine remembers what it has built. */
const DOCKERFILE = `FROM python:3.11-slim
RUN python -c "import time; [print('fetching', i, flush=True) or time.sleep(0.5) for i in range(6)]  # ${randomUUID()}"
COPY hello.py .
RUN python -c "import time; time.sleep(2)"
CMD ["python", "hello.py"]
ARG COMMIT_SHA=unknown
ENV COMMIT_SHA=$COMMIT_SHA
`;

let stack: OneServiceStack;
let client: ReleaseClient;
let sha: string;

beforeAll(async () => {
  stack = await startOneServiceStack(async (folder) => {
    await writeFile(join(folder, 'Dockerfile'), DOCKERFILE);
    sha = await commitProgram(folder, 'feat: say hello 👋', (program) =>
      program.replace('if __name__', 'import time\ntime.sleep(12)\n\nif __name__'),
    );
  });
  client = await connect({ address: stack.environment.TEMPORAL_ADDRESS ?? '' });
}, 300_000);
afterAll(async () => {
  await client?.close();
  await stack?.remove();
}, 120_000);

it('shows builds, pushes and rollouts as they get on', async () => {
  const deploying = new PtyRun([process.execPath, join(TOP, 'bin/slipway.js'), 'deploy', 'production'], {
    columns: 80,
    rows: 24,
    cwd: stack.folder,
    env: { PATH: process.env.PATH ?? '', HOME: stack.folder, TERM: 'xterm-256color', ...stack.environment },
  });
  const said: PendingActivity[] = [];
  let isOver = false;
  const listening = (async () => {
    while (!isOver) {
      const snapshot = await findRelease(client, `deploy/hello/production/${sha}`)
        .then((release) => describeRelease(client, release))
        .catch(() => undefined);
      said.push(...(snapshot?.pending ?? []));
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  })();
  try {
    expect(await deploying.exited).toBe(0);
  } finally {
    isOver = true;
    await listening;
    await deploying.end();
  }
  if (process.env.SLIPWAY_CAPTURE) {
    const frames = deploying.frames.map(({ lines }) => lines.join('\n')).join('\n=====\n');
    await writeFile(
      process.env.SLIPWAY_CAPTURE,
      `${frames}\n=====\n${said.map((one) => JSON.stringify(one)).join('\n')}\n`,
    );
  }
  const heartbeats = (type: string) =>
    said.filter((each) => each.type === type).map(({ heartbeat }) => heartbeat);
  expect(heartbeats('buildImage')).toContainEqual({
    phase: 'building',
    step: 'build:hello',
    lastLine: expect.stringMatching(/^#\d+ \d\.\d{3} fetching \d$/),
    measured: {
      done: 1,
      total: 4,
      unit: 'steps',
      current: expect.stringMatching(/^\[2\/4\] RUN python -c/),
    },
  });
  const rollouts = heartbeats('waitUntilStable').map(
    (each) => (each as { services?: object } | undefined)?.services,
  );
  expect(rollouts).toContainEqual({
    hello: {
      phase: 'starting',
      detail: expect.any(String),
      tasks: { old: { running: 0, desired: 0 }, new: { running: 1, desired: 1 } },
      targets: { healthy: 0, total: 1 },
    },
  });
  const seen = deploying.frames.map(({ lines }) => lines.join('\n')).join('\n');
  expect(seen).toMatch(/▸ build:hello +running +\d+s {2}amd64 {2}█+░+ 1\/4 steps/);
  expect(seen).toMatch(/│ building: \[2\/4\] RUN python/);
  expect(seen).toMatch(/hello +- +[01]\/1(, 1 pending)? +[01]\/1 healthy +starting/);
  for (const { wrapped, rows, lines, cursorRow } of deploying.frames) {
    // What stands above the frame (the address of Temporal's UI) may be longer than a line.
    const top = lines.findIndex((line) => /^(… asking|▸ running|✓ succeeded) /.test(line));
    expect({ lines, wrapped: wrapped.filter((row) => row >= top) }).toEqual({ lines, wrapped: [] });
    expect({ lines, cursorRow }).toEqual({ lines, cursorRow: lines.length });
    expect(lines.length).toBeLessThan(rows);
  }
  expect(deploying.screen.snapshot().cursorHidden).toBe(false);
}, 180_000);
