/**
 * Real releases on the real stack, disturbed one by one: each ends as if nothing had happened. `script/test` runs a
 * part, `script/chaos` all of it: SLIPWAY_CHAOS is `all`, or a regular expression for the names of rows.
 */
import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Prober } from '../prober.ts';
import { lookAfter, lookBefore } from './aftermath.ts';
import { CORE, dockerRestarts, ROWS, type Row } from './faults.ts';
import { Stack } from './stack.ts';

const SETUP_MS = 240_000;
const ROW_MS = 300_000;
const EXIT = { succeeded: 0, 'rolled-back': 3 } as const;

interface Result {
  readonly name: string;
  readonly verdict: string;
  readonly tookMs: number;
  readonly requests: string;
  readonly problems: readonly string[];
}

const stack = new Stack();
const results: Result[] = [];
const skipped: string[] = [];

beforeAll(async () => {
  await stack.start();
  const first = await stack.deploy(await stack.commit('first'));
  if (first.exitCode !== 0) throw new Error(first.output);
}, SETUP_MS);

afterAll(async () => {
  await stack.stop();
  const text = table(results, skipped);
  process.stdout.write(`\n${text}\n`);
  if (process.env.SLIPWAY_CHAOS_TABLE) await writeFile(process.env.SLIPWAY_CHAOS_TABLE, text);
}, SETUP_MS);

describe('a release ends as if nothing had happened', () => {
  it.each(wanted())(
    '$name',
    async (row) => {
      const why = await row.impossible?.(stack);
      if (why !== undefined) {
        skipped.push(`${row.name}: ${why}`);
        return;
      }
      const result = await run(row);
      results.push(result);
      process.stderr.write(`${line(result)}\n`);
      expect(result.problems).toEqual([]);
    },
    ROW_MS,
  );
});

async function run(row: Row): Promise<Result> {
  const end = row.broken ? 'rolled-back' : 'succeeded';
  const sha = await stack.commit(row.name, row.broken);
  const before = await lookBefore(stack);
  const prober = new Prober(stack.url);
  const problems: string[] = [];
  const fault = await row.prepare(stack);
  const startedAtMs = Date.now();
  const release = stack.deploy(sha);
  const cut = { fromMs: 0, toMs: 0 };
  try {
    cut.fromMs = Date.now();
    await fault();
    cut.toMs = Date.now() + LOAD_BALANCER_BACK_MS;
  } catch (error) {
    problems.push(`the fault did not strike: ${(error as Error).message}`);
  }
  const { exitCode, report, output, endedAtMs } = await release;
  stack.proxy.clear();
  if (exitCode !== EXIT[end])
    problems.push(
      `exit code ${exitCode}, not ${EXIT[end]}: ${oneLine(report?.cause?.summary ?? output.slice(-200))}`,
    );
  if (report && report.verdict !== end) problems.push(`verdict ${report.verdict}, not ${end}`);
  if (row.triedAgain !== undefined && (await stack.triesOf(row.triedAgain, sha)) < 2)
    problems.push(`${row.triedAgain} was not tried again: the fault did not strike`);
  // A little longer than the release: what it left running must not hurt either.
  await delay(500);
  await prober.stop();
  const failures = prober.failures.filter(
    ({ atMs }) => !(row.cutsLoadBalancer && atMs >= cut.fromMs && atMs <= cut.toMs),
  );
  const [first] = failures;
  if (first) problems.push(`${failures.length} of ${prober.sent} requests failed: ${first.what}`);
  problems.push(
    ...(await lookAfter(stack, before, { sha, end }).catch((error) => [`could not look: ${error}`])),
  );
  const excused = prober.failures.length - failures.length;
  return {
    name: row.name,
    verdict: `${report?.verdict ?? '–'} (${exitCode})`,
    tookMs: endedAtMs - startedAtMs,
    requests: `${prober.sent}/${failures.length}${excused > 0 ? ` (+${excused} while the load balancer was away)` : ''}`,
    problems,
  };
}

const LOAD_BALANCER_BACK_MS = 500;

function wanted(): readonly Row[] {
  const asked = process.env.SLIPWAY_CHAOS ?? '';
  const rows = [
    ...ROWS,
    ...(process.env.SLIPWAY_CHAOS_DOCKER
      ? (['build', 'push', 'update', 'stable', 'restore'] as const)
      : []
    ).map(dockerRestarts),
  ];
  if (asked === 'all') return rows;
  if (asked !== '') return rows.filter(({ name }) => new RegExp(asked).test(name));
  return rows.filter(({ name }) => CORE.includes(name));
}

function table(rows: readonly Result[], left: readonly string[]): string {
  const right = rows.filter(({ problems }) => problems.length === 0).length;
  return [
    '| disturbance | verdict (exit) | release took | requests/failed | afterwards |',
    '|---|---|---|---|---|',
    ...rows.map(line),
    '',
    `${right} of ${rows.length} rows are right${left.length > 0 ? `; not tried here: ${left.join('; ')}` : ''}`,
    '',
  ].join('\n');
}

const line = ({ name, verdict, tookMs, requests, problems }: Result): string =>
  `| ${name} | ${verdict} | ${(tookMs / 1_000).toFixed(0)} s | ${requests} | ${problems.length === 0 ? 'as without it' : `**wrong**: ${problems.join('; ')}`} |`;

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
