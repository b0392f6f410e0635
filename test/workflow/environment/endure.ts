/**
 * So many releases after each other in one environment, as one in the field sees them in years: the real control worker
 * is a process of its own, and what it needs for it – history, state, memory – is looked at on the way. The releases
 * are pretended ones, so that it is their number that counts.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { execa } from 'execa';
import type { EnvironmentStatus } from '../../../src/release/environment/status.ts';
import { ENVIRONMENT_WORKFLOW, environmentWorkflowId, STATUS_QUERY } from '../../../src/release/names.ts';
import type { Verdict } from '../../../src/release/verdict.ts';
import { createFolderStore } from '../../../src/store/folder-store.ts';
import { ensureBuilt, TOP } from '../../e2e/built-cli.ts';
import { commit } from '../../release/environment/scenes.ts';
import { bundleOnce } from '../../workflow-bundle.ts';
import { reportOf } from '../harness.ts';
import type { Pretence } from './pretend-workflows.ts';

/** One run of the environment's workflow. */
export interface RunFigures {
  readonly events: number;
  readonly historyBytes: number;
  /** What it was handed by the run before; 0 for the first one. */
  readonly carriedBytes: number;
}

/** How it stood after so many releases. */
export interface Sample {
  readonly released: number;
  readonly seconds: number;
  /** Resident memory of the control process. */
  readonly controlMiB: number;
  /** What the environment's query answers, and how soon. */
  readonly statusBytes: number;
  readonly queryMs: number;
}

export interface Endurance {
  readonly seconds: number;
  readonly verdicts: Readonly<Partial<Record<Verdict, number>>>;
  readonly runs: readonly RunFigures[];
  readonly samples: readonly Sample[];
  /** Entries in the store, and the last number that the environment has given. */
  readonly stored: number;
  readonly lastNumber: number;
}

const PRETENDED_QUEUE = 'slipway-pretended';
const PLACE = { app: 'enduring', environment: 'production' } as const;
/** So that a turn is taken up at once; they all have it one after the other. */
const AT_ONCE = 4;
const MOST_ANCESTORS = 200;
/** One in ten is rolled back. */
const verdictOf = (index: number): Verdict => (index % 10 === 9 ? 'rolled-back' : 'succeeded');

export const endure = async (
  server: TestWorkflowEnvironment,
  releases: number,
  onSample: (sample: Sample) => void = () => {},
): Promise<Endurance> => {
  await ensureBuilt();
  const folder = await mkdtemp(join(tmpdir(), 'slipway-endure-'));
  const control = startControl(server, folder);
  const { client } = server;
  const handle = client.workflow.getHandle(environmentWorkflowId(PLACE.app, PLACE.environment));
  const status = () => handle.query<EnvironmentStatus>(STATUS_QUERY);
  const startedAt = performance.now();
  const seconds = (): number => (performance.now() - startedAt) / 1000;
  const verdicts: Partial<Record<Verdict, number>> = {};
  const samples: Sample[] = [];
  let [next, released] = [0, 0];

  const sample = async (): Promise<void> => {
    const from = performance.now();
    const answer = await status();
    samples.push({
      released,
      seconds: seconds(),
      queryMs: performance.now() - from,
      statusBytes: JSON.stringify(answer).length,
      controlMiB: await residentMiB(control),
    });
    onSample(samples.at(-1) as Sample);
  };
  const work = async (): Promise<void> => {
    while (next < releases) {
      const index = next;
      next += 1;
      const { ancestors, ...line } = commit(index + 1);
      const what: Pretence = {
        ...PLACE,
        commit: { ...line, ancestors: ancestors.slice(0, MOST_ANCESTORS) },
        rules: { policy: 'queue', freezes: [] },
        verdict: verdictOf(index),
        restMs: 0,
      };
      const release = await client.workflow.start('pretendRelease', {
        taskQueue: PRETENDED_QUEUE,
        workflowId: `deploy/${PLACE.app}/${PLACE.environment}/${index}`,
        args: [what],
      });
      const { verdict } = await reportOf(release);
      verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
      released += 1;
      if (released % Math.max(10, Math.floor(releases / 20)) === 0) await sample();
    }
  };

  try {
    const worker = await pretending(server);
    await worker.runUntil(() => Promise.all(Array.from({ length: AT_ONCE }, work)));
    const store = createFolderStore(join(folder, 'store'));
    const ledger = `environments/${PLACE.app}/${PLACE.environment}/ledger`;
    while ((await status()).joined.length > 0 || (await status()).turn !== null) await briefly();
    while ((await store.listDocuments(ledger)).length < releases) await briefly();
    return {
      seconds: seconds(),
      verdicts,
      samples,
      runs: await runsOf(server),
      stored: (await store.listDocuments(ledger)).length,
      lastNumber: Math.max(...(await status()).ledger.map(({ number }) => number)),
    };
  } finally {
    await handle.terminate().catch(() => undefined);
    control.kill('SIGKILL');
    await once(control, 'exit');
    await rm(folder, { recursive: true, force: true });
  }
};

const briefly = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));

/** The worker as it is installed, with no repository that anybody would ask for. */
const startControl = ({ address }: TestWorkflowEnvironment, folder: string): ChildProcess => {
  const options = ['--store', join(folder, 'store'), '--data', join(folder, 'data')];
  return spawn(
    process.execPath,
    [join(TOP, 'bin/slipway.js'), 'worker', 'control', '--repository', `enduring=${folder}`, ...options],
    {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, TEMPORAL_ADDRESS: address },
      stdio: 'ignore',
    },
  );
};

const pretending = async (server: TestWorkflowEnvironment): Promise<Worker> =>
  Worker.create({
    connection: server.nativeConnection,
    taskQueue: PRETENDED_QUEUE,
    workflowBundle: await bundleOnce(fileURLToPath(new URL('pretend-workflows.ts', import.meta.url))),
    activities: { change: async () => {} },
  });

const residentMiB = async ({ pid }: ChildProcess): Promise<number> =>
  Number((await execa('ps', ['-o', 'rss=', '-p', String(pid)])).stdout) / 1024;

/** Oldest first. */
const runsOf = async (server: TestWorkflowEnvironment): Promise<readonly RunFigures[]> => {
  const { workflow, workflowService } = server.client;
  const workflowId = environmentWorkflowId(PLACE.app, PLACE.environment);
  const runs: (RunFigures & { readonly startedAtMs: number })[] = [];
  const query = `WorkflowType = '${ENVIRONMENT_WORKFLOW}' AND WorkflowId = '${workflowId}'`;
  for await (const { runId, startTime } of workflow.list({ query })) {
    const { historyLength, historySize = 0 } = await workflow.getHandle(workflowId, runId).describe();
    const { history } = await workflowService.getWorkflowExecutionHistory({
      namespace: server.namespace ?? 'default',
      execution: { workflowId, runId },
      maximumPageSize: 1,
    });
    const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
    const input = started?.input?.payloads?.[0]?.data?.length ?? 0;
    runs.push({
      events: historyLength,
      historyBytes: historySize,
      carriedBytes: started?.continuedExecutionRunId ? input : 0,
      startedAtMs: startTime.getTime(),
    });
  }
  return runs.toSorted((one, other) => one.startedAtMs - other.startedAtMs);
};

/** What grows with the number of releases, in a sentence each; the first fifty only fill the ledger. */
export const growing = ({ runs, samples }: Endurance): readonly string[] => {
  const complaints: string[] = [];
  const judge = (what: string, values: readonly number[], tolerance: number, slack: number): void => {
    const half = Math.floor(values.length / 2);
    const [early, late] = [Math.max(...values.slice(0, half)), Math.max(...values.slice(half))];
    if (half > 0 && late > early * tolerance + slack)
      complaints.push(`${what} grows: at most ${early.toFixed(0)} at first, ${late.toFixed(0)} later`);
  };
  const full = samples.filter(({ released }) => released > 60);
  judge(
    'the answer of the query',
    full.map(({ statusBytes }) => statusBytes),
    1.05,
    500,
  );
  judge(
    'what a run hands to the next',
    runs.slice(1).map(({ carriedBytes }) => carriedBytes),
    1.1,
    5_000,
  );
  judge(
    'the history of a run',
    runs.map(({ events }) => events),
    1.1,
    200,
  );
  judge(
    'the memory of control',
    full.map(({ controlMiB }) => controlMiB),
    1.2,
    20,
  );
  return complaints;
};
