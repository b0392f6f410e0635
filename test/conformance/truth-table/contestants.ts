/** The three that deploy, each by its own means, and what it says in the end: 0 means success, to all of them. */
import { setTimeout as delay } from 'node:timers/promises';
import { slipway } from '../../e2e/built-cli.ts';
import type { Boto } from '../boto.ts';
import { BotoError } from '../boto.ts';
import { clientPath, runClient } from '../clients.ts';
import { type Contestant, commandOf, idOf } from './situations.ts';
import { type Cell, SERVICE, type World } from './world.ts';

export interface Said {
  readonly exitCode: number;
  readonly text: string;
}

/** `whole`: awscli waits by its own clock (40 looks, 15 s apart); else its waiter's model is paced faster, in boto3. */
export interface Means {
  readonly world: World;
  readonly boto: Boto;
  readonly whole: boolean;
}

export const deployBy: Readonly<Record<Contestant, (cell: Cell, means: Means) => Promise<Said>>> = {
  awscli: async (cell, { world, boto, whole }) => {
    const { cluster, situation } = cell;
    const inCluster = ['--cluster', cluster];
    const taskDefinition =
      situation.program === 'base' ? cell.family : await world.register(world.wanted(cell));
    const aws = await clientPath('aws');
    const update = ['ecs', 'update-service', ...inCluster, '--service', SERVICE];
    const updated = await runClient(aws, [...update, '--task-definition', taskDefinition], world.clientEnv);
    if (updated.exitCode !== 0) return { exitCode: updated.exitCode, text: updated.stderr };
    if (whole) {
      const wait = ['ecs', 'wait', 'services-stable', ...inCluster, '--services', SERVICE];
      const { exitCode, stderr } = await runClient(aws, wait, world.clientEnv, { timeoutMs: 15 * 60_000 });
      return { exitCode, text: stderr };
    }
    try {
      // Its first look comes at once, as it does in awscli.
      await boto.wait('ecs', 'ServicesStable', { cluster, services: [SERVICE] }, { delay: 3, attempts: 13 });
      return { exitCode: 0, text: '' };
    } catch (error) {
      // What awscli makes of a WaiterError.
      if (error instanceof BotoError && error.kind === 'WaiterError')
        return { exitCode: 255, text: error.message };
      throw error;
    }
  },

  'ecs-deploy': async (cell, { world }) => {
    const { program, unpullable, missingSecret, wrongArchitecture, first } = cell.situation;
    const image = wrongArchitecture ? world.imageOfOtherArchitecture : first ? 'busybox:stable' : undefined;
    const args = [
      ...['deploy', cell.cluster, SERVICE, '--timeout', '60'],
      ...['--command', 'app', JSON.stringify(commandOf(program))],
      ...(image === undefined ? [] : ['--image', 'app', image]),
      ...(unpullable ? ['--image', 'beside', '127.0.0.1:9/nowhere:gone'] : []),
      ...(missingSecret ? ['--secret', 'app', 'PASSWORD', 'nowhere'] : []),
    ];
    const { exitCode, stdout, stderr } = await runClient(await clientPath('ecs'), args, world.clientEnv, {
      timeoutMs: 240_000,
    });
    return { exitCode, text: `${stdout}\n${stderr}` };
  },

  slipway: async (cell, { world }) => {
    const sha = await world.commit(cell);
    const args = ['deploy', idOf(cell.situation), '--sha', sha, '--output', 'json', '--timeout', '240'];
    const { exitCode, stdout, stderr } = await slipway(args, { cwd: world.repository, env: world.cliEnv });
    await delay(0);
    return { exitCode: exitCode ?? -1, text: causeIn(stdout) ?? stderr.slice(-500) };
  },
};

function causeIn(stdout: string): string | undefined {
  if (!stdout.startsWith('{')) return undefined;
  const { verdict, cause } = JSON.parse(stdout) as {
    verdict: string;
    cause: { kind: string; summary: string } | null;
  };
  return cause ? `${verdict}: ${cause.kind}: ${cause.summary}` : verdict;
}
