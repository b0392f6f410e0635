/** Runs one day in a lane: the real workflows of its releases and of the environment that they share. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { freezeEnvironment, type ReleaseClient, unfreezeEnvironment } from '../../../src/client/index.ts';
import type { LedgerEntry } from '../../../src/release/environment/ledger.ts';
import type { EnvironmentStatus } from '../../../src/release/environment/status.ts';
import {
  DEPLOY_WORKFLOW,
  ENVIRONMENT_WORKFLOW,
  environmentWorkflowId,
  ROLLBACK_WORKFLOW,
  STATUS_QUERY,
  TASK_QUEUE,
  workflowIdOf,
} from '../../../src/release/names.ts';
import { createFolderStore } from '../../../src/store/folder-store.ts';
import type { Store } from '../../../src/store/store.ts';
import type { AllActivities } from '../activities.ts';
import type { SimulatedCloud } from '../cloud/simulated-cloud.ts';
import { startCloud } from '../cloud/simulated-cloud.ts';
import { digestIn } from '../invariants/facts.ts';
import type { Lane } from '../lanes.ts';
import type { Attempt } from '../record.ts';
import { reportOf } from '../run-seed.ts';
import type { Moment } from '../scenario.ts';
import { createDayActivities } from './activities.ts';
import { commitOf, provide } from './commits.ts';
import { type Day, type DayRelease, lastOf, scenarioFor } from './day.ts';
import type { Baselines, DayRecord, EndedRelease, TakenTurn } from './record.ts';

/** Its activities are not what they should be. */
export interface WrongEngine {
  spoil(activities: AllActivities): AllActivities;
  readonly fenced: boolean;
}

const RIGHT: WrongEngine = { spoil: (activities) => activities, fenced: true };

const ENVIRONMENT = 'production';
/** A release that has not ended after so long hangs. */
const PATIENCE_MS = 180_000;
/** A death of a worker is the matter of those activities whose missing heartbeat is noticed soon. */
const MORTAL = ['prepareRollout', 'updateServices', 'waitUntilStable', 'checkHealth', 'moveLatest'];

let days = 0;

export const runDay = async (lane: Lane, day: Day, engine: WrongEngine = RIGHT): Promise<DayRecord> => {
  days += 1;
  const app = `shop-${day.seed}-${days}`;
  const folder = await mkdtemp(join(tmpdir(), 'slipway-day-'));
  const cloud = await startCloud(scenarioFor(day));
  const run = new DayRun(lane, day, app, createFolderStore(folder), cloud, engine);
  try {
    return await run.run();
  } finally {
    await run.close();
    await cloud.close();
    await rm(folder, { recursive: true, force: true });
  }
};

class DayRun {
  readonly #lane: Lane;
  readonly #day: Day;
  readonly #app: string;
  readonly #store: Store;
  readonly #cloud: SimulatedCloud;
  readonly #activities: AllActivities;
  readonly #turns: TakenTurn[] = [];
  readonly #baselines: Baselines[] = [];
  readonly #restarts: Promise<void>[] = [];
  readonly #guests: string[] = [];
  readonly #counts = new Map<string, number>();

  constructor(lane: Lane, day: Day, app: string, store: Store, cloud: SimulatedCloud, engine: WrongEngine) {
    this.#lane = lane;
    this.#day = day;
    this.#app = app;
    this.#store = store;
    this.#cloud = cloud;
    const names = day.services.map(({ name }) => name);
    const bySha = provide(cloud.images, names, [...day.releases, lastOf(day)]);
    const { fenced } = engine;
    this.#activities = this.#watched(
      engine.spoil(createDayActivities({ day, app, cloud, store, bySha, fenced })),
    );
  }

  async run(): Promise<DayRecord> {
    const day = this.#day;
    const environment = await this.#startEnvironment();
    const before = await this.#digests();
    const beginning = Date.now();
    const at = (ms: number): Promise<void> => setTimeout(Math.max(0, beginning + ms - Date.now()));
    const freezing = this.#freezeAndThaw(at);
    const releases = day.oneAfterTheOther
      ? await this.#inSequence(environment)
      : await Promise.all(
          day.releases.map(async (asked, index) => {
            await at(asked.atMs);
            return this.#release(asked, index);
          }),
        );
    await freezing;
    // Temporal has told us of their end; the environment hears of it a moment later.
    const { status: beforeLast } = await this.#settled(environment);
    releases.push(await this.#release(lastOf(day), day.releases.length));
    const { status, stored } = await this.#settled(environment);
    return {
      day,
      releases,
      calls: this.#cloud.gate.calls,
      turns: this.#turns,
      baselines: this.#baselines,
      before,
      after: await this.#cloud.lookAll(),
      beforeLast,
      status,
      stored,
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#restarts);
    const { workflow } = this.#lane.client;
    for (const id of this.#guests) {
      await workflow
        .getHandle(id)
        .terminate('the day is over')
        .catch(() => undefined);
      this.#lane.guests.delete(id);
    }
  }

  async #inSequence(environment: WorkflowHandle): Promise<EndedRelease[]> {
    const ended: EndedRelease[] = [];
    for (const [index, asked] of this.#day.releases.entries()) {
      ended.push(await this.#release(asked, index));
      await this.#settled(environment);
    }
    return ended;
  }

  async #startEnvironment(): Promise<WorkflowHandle> {
    const { runLength } = this.#day;
    const workflowId = environmentWorkflowId(this.#app, ENVIRONMENT);
    // Its activities are control's, and live on when a deploy worker dies.
    this.#welcome(workflowId, async () => {});
    return this.#lane.client.workflow.start(ENVIRONMENT_WORKFLOW, {
      taskQueue: TASK_QUEUE.control,
      workflowId,
      args: [{ app: this.#app, environment: ENVIRONMENT, ...(runLength !== null && { runLength }) }],
    });
  }

  async #freezeAndThaw(at: (ms: number) => Promise<void>): Promise<void> {
    const { freeze } = this.#day;
    if (!freeze) return;
    await at(freeze.fromMs);
    const client = { temporal: this.#lane.client } as ReleaseClient;
    const place = { app: this.#app, environment: ENVIRONMENT };
    await freezeEnvironment(client, place, { reason: 'a fair', who: 'Olga' });
    await at(freeze.untilMs);
    await unfreezeEnvironment(client, place);
  }

  async #release(asked: DayRelease, index: number): Promise<EndedRelease> {
    const { brings, to, allowOlder, overridesFreeze, harm } = asked;
    const workflowId = `release/${this.#app}/${index}`;
    const handle = this.#lane.client.workflow.getHandle(workflowId);
    const counts = new Map<string, number>();
    let harmed = false;
    this.#welcome(workflowId, async ({ activity }) => {
      const nth = count(counts, activity);
      const inAll = count(this.#counts, activity);
      for (const restart of this.#day.restarts)
        if (isNow(restart.at, activity, inAll)) this.#restarts.push(this.#lane.restart(restart.worker));
      if (harm && isNow(harm.at, activity, nth)) {
        harmed = true;
        await doHarm(handle, harm.how);
      }
    });
    const common = { app: this.#app, environment: ENVIRONMENT, startedBy: 'Ada' };
    await this.#lane.client.workflow.start(brings ? DEPLOY_WORKFLOW : ROLLBACK_WORKFLOW, {
      taskQueue: TASK_QUEUE.control,
      workflowId,
      args: [
        brings
          ? {
              ...common,
              sha: commitOf(brings).sha,
              allowOlder,
              ...(overridesFreeze && { overrideFreeze: 'it must' }),
            }
          : { ...common, ...(to !== null && { to }) },
      ],
    });
    const ended = reportOf(handle).then(
      (report) => ({ report, hung: null }),
      () => ({ report: null, hung: null }),
    );
    const patience = new AbortController();
    const lost = async () => {
      await setTimeout(PATIENCE_MS, undefined, { signal: patience.signal });
      const status = await handle.query(STATUS_QUERY).catch((error: unknown) => String(error));
      await handle.terminate('patience is lost').catch(() => undefined);
      return { report: null, hung: JSON.stringify(status) };
    };
    // Aborted when nobody listens any more: the race has its end by then.
    const end = await Promise.race([ended, lost()]);
    patience.abort();
    return { workflowId, asked, harmed, ...end };
  }

  /** When the environment has heard of the end of each release, and the store of each entry. */
  async #settled(environment: WorkflowHandle): Promise<Pick<DayRecord, 'status' | 'stored'>> {
    const folder = `environments/${this.#app}/${ENVIRONMENT}/ledger`;
    const untilMs = Date.now() + 15_000;
    for (;;) {
      const status = await environment.query<EnvironmentStatus>(STATUS_QUERY);
      const keys = await this.#store.listDocuments(folder);
      const isSettled =
        status.turn === null && status.joined.length === 0 && keys.length >= status.ledger.length;
      if (isSettled || Date.now() > untilMs) {
        const stored = await Promise.all(keys.map((key) => this.#store.getDocument(key)));
        return { status, stored: stored as LedgerEntry[] };
      }
      await setTimeout(50);
    }
  }

  #welcome(workflowId: string, onAttempt: (attempt: Attempt) => Promise<void>): void {
    const { gate } = this.#cloud;
    this.#guests.push(workflowId);
    this.#lane.guests.set(workflowId, {
      activities: this.#activities,
      isDead: (attempt) => gate.isDead(attempt),
      async onAttempt(attempt) {
        if (MORTAL.includes(attempt.activity)) gate.begin(attempt);
        await onAttempt(attempt);
      },
    });
  }

  /** Each turn that is taken is written down, and what the cloud has when a release records its baselines. */
  #watched(activities: AllActivities): AllActivities {
    return {
      ...activities,
      takeTurn: async (input) => {
        const marks = await activities.takeTurn(input);
        const { releaseId, fence, number } = input.turn;
        this.#turns.push({ workflowId: workflowIdOf(releaseId), fence, number, atMs: Date.now() });
        return marks;
      },
      prepareRollout: async (input) => {
        const workflowId = workflowIdOf(input.releaseId);
        if (!this.#baselines.some((each) => each.workflowId === workflowId))
          this.#baselines.push({ workflowId, number: input.number, found: await this.#digests() });
        return activities.prepareRollout(input);
      },
    };
  }

  async #digests(): Promise<Readonly<Record<string, string>>> {
    const states = await this.#cloud.lookAll();
    return Object.fromEntries(Object.entries(states).map(([name, state]) => [name, digestIn(state)]));
  }
}

const count = (counts: Map<string, number>, name: string): number => {
  const nth = (counts.get(name) ?? 0) + 1;
  counts.set(name, nth);
  return nth;
};

const isNow = (at: Moment, activity: string, nth: number): boolean =>
  at.kind === 'activity' && at.name === activity && at.nth === nth;

const doHarm = async (handle: WorkflowHandle, how: NonNullable<DayRelease['harm']>['how']): Promise<void> => {
  const note = { who: 'Olga', reason: 'a test' };
  const done =
    how === 'terminate'
      ? handle.terminate('gone')
      : how === 'cancel'
        ? handle.cancel()
        : handle.signal(how, how === 'pause' ? { ...note, forMs: 300 } : note);
  // One that has ended meanwhile cannot be harmed any more.
  await done.catch(() => undefined);
};
