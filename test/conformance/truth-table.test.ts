/**
 * awscli, ecs-deploy and Slipway in the same situations on the same ECS: who tells the truth about what serves in the
 * end. `script/test` runs a part, `script/truth-table` all of it (SLIPWAY_TRUTH_TABLE is `all`, or a regular expression
 * for the rows' ids), with awscli's own clock.
 */
import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { DescribeServicesCommand } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Boto, startBoto } from './boto.ts';
import { deployBy, type Said } from './truth-table/contestants.ts';
import { type Contestant, idOf, type Opinion, SITUATIONS, type Situation } from './truth-table/situations.ts';
import { readTruth, type Truth } from './truth-table/truth.ts';
import { type Cell, cellOf, SERVICE, World } from './truth-table/world.ts';

const SETUP_MS = 240_000;
const TABLE_MS = 40 * 60_000;
const CONTESTANTS: readonly Contestant[] = ['awscli', 'ecs-deploy', 'slipway'];

interface Outcome {
  readonly said: Said;
  readonly truth: Truth;
  readonly opinion: Opinion;
  readonly tookMs: number;
}

const asked = process.env.SLIPWAY_TRUTH_TABLE ?? '';
const rows = SITUATIONS.filter((situation) =>
  asked === '' ? situation.core : asked === 'all' || new RegExp(asked).test(idOf(situation)),
);
const whole = asked === 'all';
/** Cells at a time: most of them wait, awscli for ten minutes by its own clock. */
const AT_ONCE = whole ? 12 : 6;
const world = new World();
const outcomes = new Map<string, Promise<Outcome>>();
let boto: Boto;
const botos: Boto[] = [];

beforeAll(async () => {
  await world.start(rows, whole);
  boto = await startBoto(world.clientEnv);
  botos.push(boto);
  startAll();
}, SETUP_MS);

afterAll(async () => {
  const text = await table();
  await Promise.all(botos.map((one) => one.close()));
  await world.stop();
  process.stdout.write(`\n${text}\n`);
  if (process.env.SLIPWAY_TRUTH_TABLE_FILE) await writeFile(process.env.SLIPWAY_TRUTH_TABLE_FILE, text);
}, SETUP_MS);

describe.each(rows)('$name, breaker: $breaker', (situation) => {
  it.each(CONTESTANTS)(
    '%s',
    async (contestant) => {
      const outcome = await outcomes.get(cellOf(contestant, situation).cluster);
      if (!outcome) throw new Error('it did not run');
      expect({ ...outcome, tookMs: 0 }).toMatchObject({ opinion: situation.expected[contestant] });
      if (contestant !== 'slipway') return;
      expect(left(situation, outcome.truth)).toBe('clean');
      expect(outcome.said.text).toMatch(situation.cause ?? /^succeeded/);
    },
    TABLE_MS,
  );
});

/** All cells, a few at a time, slow ones first; tests only wait for theirs. */
function startAll(): void {
  const cells = CONTESTANTS.flatMap((contestant) => rows.map((situation) => cellOf(contestant, situation)));
  let free = AT_ONCE;
  const waiting: (() => void)[] = [];
  const seat = (): Promise<void> => {
    if (free > 0) {
      free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => waiting.push(resolve));
  };
  const leave = (): void => {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  };
  for (const cell of cells) {
    const outcome = seat()
      .then(() => run(cell))
      .finally(leave);
    outcome.catch(() => undefined);
    outcomes.set(cell.cluster, outcome);
  }
}

async function run(cell: Cell): Promise<Outcome> {
  await world.makeService(cell);
  if (!cell.situation.first) await comesUp(cell);
  const startedAtMs = Date.now();
  const others = cell.situation.foreign ? somebodyElse(cell) : undefined;
  const own = await startBoto(world.clientEnv);
  botos.push(own);
  const said = await deployBy[cell.contestant](cell, { world, boto: own, whole });
  const tookMs = Date.now() - startedAtMs;
  await others;
  const truth = await readTruth(world, cell);
  await world.deleteService(cell);
  return { said, truth, tookMs, opinion: (said.exitCode === 0) === truth.deployed ? 'right' : 'wrong' };
}

const comesUp = (cell: Cell): Promise<void> =>
  serviceUntil(
    cell,
    ({ deployments }) => deployments?.map(({ rolloutState }) => rolloutState).join() === 'COMPLETED',
  );

/** As soon as the deployment of the cell has begun. */
async function somebodyElse(cell: Cell): Promise<void> {
  await serviceUntil(cell, ({ deployments }) => (deployments?.length ?? 0) > 1);
  await delay(1_500);
  await boto.call('ecs', 'UpdateService', {
    cluster: cell.cluster,
    service: SERVICE,
    taskDefinition: await world.register(world.foreign(cell)),
  });
}

async function serviceUntil(
  { cluster }: Cell,
  holds: (service: { deployments?: readonly { rolloutState?: string | undefined }[] | undefined }) => boolean,
): Promise<void> {
  const endAtMs = Date.now() + 120_000;
  for (;;) {
    const { services } = await world.ecs.send(new DescribeServicesCommand({ cluster, services: [SERVICE] }));
    if (services?.[0] && holds(services[0])) return;
    if (Date.now() > endAtMs) throw new Error(`${cluster} did not get there`);
    await delay(200);
  }
}

/** In which state the service was left, in a word or two. */
function left({ first }: Situation, { states, registered, running }: Truth): string {
  if (!registered) return 'its revision is deregistered';
  if (states.join() === 'COMPLETED' && running.length <= 1) return 'clean';
  // There is nothing to go back to.
  if (first) return 'clean';
  return states.includes('FAILED') ? 'half, ECS gave up' : 'half, tasks go on failing';
}

const serves = ({ running }: Truth): string =>
  running.length === 0 ? 'nothing runs' : `${running.join(' and ')} runs`;

async function table(): Promise<string> {
  const lines: string[] = [];
  const wrong: Record<Contestant, number> = { awscli: 0, 'ecs-deploy': 0, slipway: 0 };
  for (const situation of rows) {
    const cells = await Promise.all(
      CONTESTANTS.map(async (contestant) => {
        const outcome = await outcomes.get(cellOf(contestant, situation).cluster)?.catch(() => undefined);
        if (!outcome) return 'did not run';
        const { said, truth, opinion, tookMs } = outcome;
        if (opinion === 'wrong') wrong[contestant] += 1;
        const state = left(situation, truth);
        const seconds = `${(tookMs / 1_000).toFixed(0)} s`;
        const verdict = opinion === 'right' ? 'right' : `**wrong**: ${serves(truth)}`;
        return `${said.exitCode} in ${seconds}, ${verdict}${state === 'clean' ? '' : `; ${state}`}`;
      }),
    );
    lines.push(`| ${situation.name} | ${situation.breaker} | ${cells.join(' | ')} |`);
  }
  return [
    `| situation | breaker | ${CONTESTANTS.join(' | ')} |`,
    '|---|---|---|---|---|',
    ...lines,
    '',
    `wrong of ${rows.length}: ${CONTESTANTS.map((contestant) => `${contestant} ${wrong[contestant]}`).join(', ')}`,
    '',
  ].join('\n');
}
