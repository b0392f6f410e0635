/** An environment on a real server: the real workflow and its real activities over a real store, and pretended releases. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import type { EnvironmentActivities } from '../../../src/activities/contracts/environment.ts';
import { createEnvironmentActivities } from '../../../src/activities/environment.ts';
import { endInTemporal } from '../../../src/activities/release-end.ts';
import { fateInTemporal } from '../../../src/activities/release-fate.ts';
import { freezeEnvironment, type ReleaseClient, unfreezeEnvironment } from '../../../src/client/index.ts';
import type { QueuePolicy } from '../../../src/release/environment/state.ts';
import type { EnvironmentStatus } from '../../../src/release/environment/status.ts';
import {
  ENVIRONMENT_WORKFLOW,
  environmentWorkflowId,
  STATUS_QUERY,
  TASK_QUEUE,
} from '../../../src/release/names.ts';
import type { Verdict } from '../../../src/release/verdict.ts';
import { createFolderStore } from '../../../src/store/folder-store.ts';
import type { Store } from '../../../src/store/store.ts';
import { mapActivityErrors } from '../../../src/workers/activity-errors.ts';
import type { EnvironmentInput } from '../../../src/workflows/environment-input.ts';
import { commit } from '../../release/environment/scenes.ts';
import { bundleOnce } from '../../workflow-bundle.ts';
import { reportOf } from '../harness.ts';
import type { Pretence, PretendActivities } from './pretend-workflows.ts';

let bundle: WorkflowBundleWithSourceMap | undefined;
let counter = 0;

export class EnvironmentScene {
  readonly app = `app-${process.pid}-${++counter}`;
  readonly environment = 'production';
  readonly #server: TestWorkflowEnvironment;
  readonly folder: string;
  readonly store: Store;
  policy: QueuePolicy = 'supersede';
  /** When each release had its hands on the services: no two may overlap. */
  readonly changes: {
    readonly releaseId: string;
    readonly fence: number;
    readonly from: number;
    to: number;
  }[] = [];
  /** What a turn is used for; the default is over in a moment. */
  onChange: (releaseId: string) => Promise<void> = async () => {};
  readonly overrides: Partial<EnvironmentActivities> = {};
  #clock = 0;

  private constructor(server: TestWorkflowEnvironment, folder: string) {
    this.#server = server;
    this.folder = folder;
    this.store = createFolderStore(folder);
  }

  static async create(server: TestWorkflowEnvironment): Promise<EnvironmentScene> {
    return new EnvironmentScene(server, await mkdtemp(join(tmpdir(), 'slipway-environment-')));
  }

  get handle(): WorkflowHandle {
    return this.#server.client.workflow.getHandle(environmentWorkflowId(this.app, this.environment));
  }

  status(): Promise<EnvironmentStatus> {
    return this.handle.query<EnvironmentStatus>(STATUS_QUERY);
  }

  async statusWhen(is: (status: EnvironmentStatus) => boolean): Promise<EnvironmentStatus> {
    for (;;) {
      const status = await this.status();
      if (is(status)) return status;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** As people do it: what comes just between two runs of the environment is said again. */
  freeze(wish: { readonly reason: string; readonly until?: string }): Promise<string> {
    return freezeEnvironment(this.#client, this, { who: 'ada', ...wish });
  }

  unfreeze(): Promise<string> {
    return unfreezeEnvironment(this.#client, this);
  }

  get #client(): ReleaseClient {
    return { temporal: this.#server.client } as ReleaseClient;
  }

  /** Before any release; else the first one starts it. */
  start(input: Partial<EnvironmentInput> = {}): Promise<WorkflowHandle> {
    const { app, environment } = this;
    return this.#server.client.workflow.start(ENVIRONMENT_WORKFLOW, {
      workflowId: environmentWorkflowId(app, environment),
      taskQueue: TASK_QUEUE.control,
      args: [{ app, environment, ...input }],
    });
  }

  /** @param place of its commit on the main line */
  release(place: number, more: Partial<Pretence> = {}): Promise<WorkflowHandle> {
    const { app, environment, policy } = this;
    counter += 1;
    const what: Pretence = {
      app,
      environment,
      commit: commit(place),
      rules: { policy, freezes: [] },
      ...more,
    };
    return this.#server.client.workflow.start('pretendRelease', {
      taskQueue: TASK_QUEUE.control,
      workflowId: `deploy/${app}/${environment}/${place}-${counter}`,
      args: [what],
    });
  }

  async verdicts(handles: readonly WorkflowHandle[]): Promise<readonly Verdict[]> {
    return Promise.all(handles.map(async (handle) => (await reportOf(handle)).verdict));
  }

  /** Runs `work` beside one control worker. */
  async withControl<T>(work: () => Promise<T>, slots = 300): Promise<T> {
    bundle ??= await bundleOnce(fileURLToPath(new URL('pretend-workflows.ts', import.meta.url)));
    const real = createEnvironmentActivities({
      store: this.store,
      fateOf: fateInTemporal,
      endOf: endInTemporal,
    });
    const worker = await Worker.create({
      connection: this.#server.nativeConnection,
      taskQueue: TASK_QUEUE.control,
      workflowBundle: bundle,
      activities: { ...real, ...this.overrides, ...this.#pretended() },
      maxConcurrentActivityTaskExecutions: slots,
      // What was meant for a worker that has gone goes to the next one after a second, not after ten.
      stickyQueueScheduleToStartTimeout: 1_000,
      interceptors: { activity: [mapActivityErrors] },
      maxHeartbeatThrottleInterval: 100,
      defaultHeartbeatThrottleInterval: 100,
    });
    return worker.runUntil(work);
  }

  async close(): Promise<void> {
    await this.handle.terminate().catch(() => undefined);
    await rm(this.folder, { recursive: true, force: true });
  }

  #pretended(): PretendActivities {
    return {
      change: async ({ releaseId, fence }) => {
        const change = { releaseId, fence, from: ++this.#clock, to: Number.POSITIVE_INFINITY };
        this.changes.push(change);
        const beat = setInterval(() => Context.current().heartbeat(), 50);
        try {
          await this.onChange(releaseId);
        } finally {
          clearInterval(beat);
          change.to = ++this.#clock;
        }
      },
    };
  }
}
