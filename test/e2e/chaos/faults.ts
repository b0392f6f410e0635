/** What is done to a release, and when: one row of the table each. */
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { type Gate, type Part, type Stack, until } from './stack.ts';

export const STEPS = [
  'source',
  'check',
  'build',
  'push',
  'register',
  'update',
  'stable',
  'health',
  'promote',
  'restore',
] as const;
export type Step = (typeof STEPS)[number];

export interface Row {
  readonly name: string;
  /** The commit crashes at its start: the release is rolled back. */
  readonly broken?: boolean;
  /** When the load balancer cannot answer, as it is part of what is killed. */
  readonly cutsLoadBalancer?: boolean;
  /** Undefined: nothing in the way of it here. */
  readonly impossible?: (stack: Stack) => Promise<string | undefined>;
  /** An activity that cannot have ended at its first try. */
  readonly triedAgain?: string;
  /** Arms what has to be armed before the release starts; resolves, once it has, with the fault itself. */
  readonly prepare: (stack: Stack) => Promise<() => Promise<void>>;
}

const ACTIVITY_OF: Readonly<Record<Step, string>> = {
  source: 'readSource',
  check: 'runCheck',
  build: 'buildImage',
  push: 'pushImage',
  register: 'prepareRollout',
  update: 'updateServices',
  stable: 'waitUntilStable',
  health: 'checkHealth',
  promote: 'moveLatest',
  restore: 'updateServices',
};

/** Stands still in a step until `go()`; a call to AWS is held with its effect done. */
interface Halt {
  readonly reached: () => Promise<void>;
  readonly go: (answer: 'answer' | 'lose') => Promise<void>;
}

const DOWN_MS = 1_000;

/** Kills the parts while the step is under way, and starts them again a moment later. */
const workerKilled = (step: Step): Row => ({
  name: `${step}: kill -9 of its worker`,
  ...(step === 'restore' ? { broken: true } : {}),
  triedAgain: ACTIVITY_OF[step],
  prepare: async (stack) => {
    const halt = await haltAt(stack, step);
    return async () => {
      await halt.reached();
      await stack.killWorkerOf(ACTIVITY_OF[step]);
      await delay(DOWN_MS);
      await halt.go('lose');
      await stack.up();
    };
  },
});

const killed = (step: Step, who: string, parts: readonly Part[]): Row => ({
  name: `${step}: kill -9 of ${who}`,
  ...(step === 'restore' ? { broken: true } : {}),
  ...(parts.includes('aws') ? { cutsLoadBalancer: true } : {}),
  prepare: async (stack) => {
    const halt = await haltAt(stack, step);
    return async () => {
      await halt.reached();
      await stack.kill(...parts);
      await delay(DOWN_MS);
      // What was in hand got no answer, as its asker or its answerer is gone.
      await halt.go(parts.includes('temporal') || parts.includes('control') ? 'answer' : 'lose');
      await stack.up();
    };
  },
});

async function haltAt(stack: Stack, step: Step): Promise<Halt> {
  switch (step) {
    case 'source':
    case 'check':
      return atGate(stack, step);
    case 'build':
      return {
        reached: async () => {
          await until('a build', () => isInHand(stack, 'buildImage'));
          // The Dockerfile sleeps for 3 s; what comes before it takes less than one.
          await delay(1_500);
        },
        go: async () => undefined,
      };
    case 'health':
      return {
        reached: () => until('a health check', async () => isInHand(stack, 'checkHealth')),
        go: async () => undefined,
      };
    case 'push':
      return atCall(stack, 'GetAuthorizationToken');
    case 'register':
      return atCall(stack, 'RegisterTaskDefinition');
    case 'update':
      return atCall(stack, 'UpdateService');
    case 'stable':
      return atFirstLook(stack);
    case 'promote':
      return atCall(stack, 'PutImage', { containing: '"latest"' });
    case 'restore':
      return atCall(stack, 'UpdateService', { after: stack.services.length });
  }
}

const isInHand = async (stack: Stack, type: string): Promise<boolean> =>
  (await stack.inHand()).some((one) => one.type === type);

async function atGate(stack: Stack, gate: Gate): Promise<Halt> {
  const file = stack.gateFile(gate);
  await rm(`${file}.reached`, { force: true });
  await writeFile(file, '');
  return {
    reached: () => until(`the gate at ${gate}`, async () => existsSync(`${file}.reached`)),
    go: () => rm(file, { force: true }),
  };
}

/** The first look at the services after the last of them has been updated. */
function atFirstLook(stack: Stack): Halt {
  let look: Halt | undefined;
  const updated = async (): Promise<'answer'> => {
    look = atCall(stack, 'DescribeServices');
    return 'answer';
  };
  const act = { kind: 'hold-answer', until: updated } as const;
  stack.proxy.arm({ operation: 'UpdateService', after: stack.services.length - 1, act });
  return {
    reached: async () => {
      await until('the last UpdateService', async () => look !== undefined);
      await look?.reached();
    },
    go: async (answer) => look?.go(answer),
  };
}

function atCall(
  stack: Stack,
  operation: string,
  which: { readonly containing?: string; readonly after?: number } = {},
): Halt {
  let arrived = (): void => undefined;
  let go = (_answer: 'answer' | 'lose'): void => undefined;
  const arrival = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const decision = new Promise<'answer' | 'lose'>((resolve) => {
    go = resolve;
  });
  const held = (): Promise<'answer' | 'lose'> => {
    arrived();
    return decision;
  };
  stack.proxy.arm({ operation, ...which, act: { kind: 'hold-answer', until: held } });
  return {
    reached: async () => {
      const tooLate = delay(120_000, 'late', { ref: false });
      if ((await Promise.race([arrival, tooLate])) === 'late') throw new Error(`nobody called ${operation}`);
    },
    go: async (answer) => go(answer),
  };
}

/** ECS answers so to every call, from the effect of the first UpdateService of the step on, for a while. */
const refused = (
  step: 'update' | 'restore',
  what: string,
  type: string,
  message: string,
  status = 400,
): Row => ({
  name: `${step}: ${what} for 6 s`,
  ...(step === 'restore' ? { broken: true } : {}),
  prepare: async (stack) => {
    const halt = await haltAt(stack, step);
    return async () => {
      await halt.reached();
      stack.proxy.arm({ times: Number.POSITIVE_INFINITY, act: { kind: 'refuse', status, type, message } });
      await halt.go('lose');
      await delay(6_000);
      stack.proxy.clear();
    };
  },
});

const lost = (operation: string, more: { readonly after?: number; readonly broken?: boolean } = {}): Row => ({
  name: `the answer to ${more.broken ? 'the rollback’s ' : ''}${operation} is lost`,
  ...(more.broken ? { broken: true } : {}),
  prepare: async (stack) => {
    const { after = 0 } = more;
    const halt = atCall(stack, operation, { after });
    return async () => {
      await halt.reached();
      await halt.go('lose');
    };
  },
});

/** Longer than a push waits for a worker beside its engine, at the pace of this stack. */
const GONE_MS = 14_000;

const buildHostGone: Row = {
  name: 'push: the build host goes between build and push, for longer than a push waits',
  prepare: async (stack) => {
    const halt = atCall(stack, 'GetAuthorizationToken');
    return async () => {
      await halt.reached();
      await stack.kill('build-amd64', 'build-arm64');
      await halt.go('lose');
      await delay(GONE_MS);
      await stack.up();
    };
  },
};

const fullDisk: Row = {
  name: 'build: the disk is full, and has room again later',
  impossible: async () => (process.getuid?.() === 0 ? undefined : 'needs root, for a small disk'),
  prepare: async (stack) => {
    const folder = join(stack.folder, 'local/workers/build-amd64/build');
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]);
    await execa('dd', ['if=/dev/zero', `of=${join(folder, 'filler')}`, 'bs=1k', 'count=100'], {
      reject: false,
    });
    return async () => {
      await until('a build', async () => isInHand(stack, 'buildImage'));
      await delay(4_000);
      await execa('umount', ['--lazy', folder]);
    };
  },
};

const answers = (url: string): Promise<boolean> =>
  fetch(url, { headers: { connection: 'close' } }).then(
    ({ ok }) => ok,
    () => false,
  );

const none = (broken: boolean): Row => ({
  name: `no fault${broken ? ', a commit that crashes' : ''}`,
  broken,
  prepare: async () => async () => undefined,
});

const RESTART_ENGINE = fileURLToPath(new URL('restart-engine', import.meta.url));

/** All containers end with it; that their service is away meanwhile is not the release's doing. */
export const dockerRestarts = (step: Step): Row => ({
  name: `${step}: Docker restarts`,
  cutsLoadBalancer: true,
  ...(step === 'restore' ? { broken: true } : {}),
  prepare: async (stack) => {
    const halt = await haltAt(stack, step);
    return async () => {
      await halt.reached();
      await execa(RESTART_ENGINE, { stdin: 'ignore' });
      await halt.go('answer');
      await stack.up();
      await until('the service is back', () => answers(stack.url));
    };
  },
});

export const ROWS: readonly Row[] = [
  none(false),
  none(true),
  ...STEPS.map(workerKilled),
  ...STEPS.filter((step) => step !== 'source').map((step) => killed(step, 'control', ['control'])),
  ...STEPS.map((step) => killed(step, 'Temporal', ['temporal'])),
  ...STEPS.filter((step) => step !== 'source' && step !== 'check').map((step) =>
    killed(step, 'the ECS endpoint', ['aws']),
  ),
  buildHostGone,
  fullDisk,
  lost('RegisterTaskDefinition'),
  lost('UpdateService'),
  lost('UpdateService', { after: 2, broken: true }),
  ...(['update', 'restore'] as const).flatMap((step) => [
    refused(
      step,
      'AWS credentials have expired',
      'ExpiredTokenException',
      'The security token included in the request is expired',
    ),
    refused(step, 'ECS throttles', 'ThrottlingException', 'Rate exceeded'),
    refused(step, 'ECS answers 500', 'ServerException', 'Service Unavailable. Please try again later.', 500),
  ]),
];

/** Those that `script/test` runs: each kind of part once, at the step where it hurts most. */
export const CORE: readonly string[] = [
  'update: kill -9 of its worker',
  'restore: kill -9 of its worker',
  'stable: kill -9 of Temporal',
  'stable: kill -9 of the ECS endpoint',
  'the answer to UpdateService is lost',
];
