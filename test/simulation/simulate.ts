/** Runs many seeds, several at once on one server, and judges each by all invariants. */
import { Worker } from '@temporalio/worker';
import type { History } from './history.ts';
import { INVARIANTS } from './invariants/invariants.ts';
import type { Lane, Lanes } from './lanes.ts';
import type { RunRecord } from './record.ts';
import { runSeed, type Spoil } from './run-seed.ts';
import { scenarioOf } from './scenario.ts';
import { traceOf } from './trace.ts';

export interface SeedResult {
  readonly seed: number;
  /** The verdict, or how else the run was left. */
  readonly ending: string;
  readonly durationMs: number;
  readonly events: number;
  /** Broken invariants, each with what is wrong; nothing where all hold. */
  readonly complaints: readonly string[];
  /** Of a run with complaints, or that did not end: what it was and what happened, line by line. */
  readonly trace: string;
}

export interface SimulationOptions {
  readonly seeds: readonly number[];
  /** One history in so many is replayed. */
  readonly replayEach?: number;
  readonly spoil?: Spoil;
  /** No further seed is begun once one has broken an invariant. */
  readonly untilBroken?: boolean;
  readonly onResult?: (result: SeedResult) => void;
}

export const complaintsAbout = (record: RunRecord): readonly string[] =>
  Object.entries(INVARIANTS).flatMap(([name, check]) => check(record).map((line) => `${name}: ${line}`));

export const simulate = async (lanes: Lanes, options: SimulationOptions): Promise<readonly SeedResult[]> => {
  const { seeds, replayEach = 5, untilBroken = false, spoil, onResult = () => undefined } = options;
  const next = seeds.values();
  const results: SeedResult[] = [];
  const histories: { readonly workflowId: string; readonly history: History }[] = [];
  const isBroken = (): boolean => results.some(({ complaints }) => complaints.length > 0);
  const work = async (lane: Lane): Promise<void> => {
    for (const seed of next) {
      if (untilBroken && isBroken()) return;
      const startedAtMs = Date.now();
      const scenario = scenarioOf(seed);
      try {
        const run = await runSeed(lane, scenario, spoil);
        const complaints = complaintsAbout(run.record);
        const { report, ending, history } = run.record;
        if (seed % replayEach === 0) histories.push(run);
        results.push({
          seed,
          ending: ending.kind === 'ended' ? (report?.verdict ?? 'no report') : ending.kind,
          durationMs: Date.now() - startedAtMs,
          events: history.events,
          complaints,
          trace: complaints.length > 0 || ending.kind !== 'ended' ? traceOf(run.record) : '',
        });
      } catch (error) {
        results.push({
          seed,
          ending: 'error',
          durationMs: Date.now() - startedAtMs,
          events: 0,
          complaints: [`the run itself failed: ${error instanceof Error ? error.stack : String(error)}`],
          trace: JSON.stringify(scenario, null, 1),
        });
      }
      const result = results.at(-1);
      if (result) onResult(result);
    }
  };
  await Promise.all(lanes.lanes.map(work));
  for (const result of await replay(lanes, histories)) {
    results.push(result);
    onResult(result);
  }
  return results;
};

/** Invariant 9: the same code makes the same decisions of each history. */
const replay = async (
  { bundle }: Lanes,
  histories: readonly { readonly workflowId: string; readonly history: History }[],
): Promise<readonly SeedResult[]> => {
  const broken: SeedResult[] = [];
  const replays = Worker.runReplayHistories({ workflowBundle: bundle }, histories);
  for await (const { workflowId, error } of replays) {
    if (!error) continue;
    broken.push({
      seed: Number(workflowId.split('-')[1]),
      ending: 'replay',
      durationMs: 0,
      events: 0,
      complaints: [`its history is not replayed as it was: ${error.message}`],
      trace: '',
    });
  }
  return broken;
};
