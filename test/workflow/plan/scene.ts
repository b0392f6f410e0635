/**
 * Plans and releases beside each other, on a real server: the environment and its memory are real, and so is all that the
 * deploy pool reads and registers, of an ECS and a registry in memory. Checks, builds and pushes are the fake pools'.
 */
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { SourceReading } from '../../../src/activities/contracts/control.ts';
import { createDeployActivities } from '../../../src/activities/deploy.ts';
import { turnsIn } from '../../../src/activities/turns.ts';
import { planRelease, type ReleaseClient } from '../../../src/client/index.ts';
import { DEPLOY_WORKFLOW, TASK_QUEUE } from '../../../src/release/names.ts';
import type { ReleaseRequest } from '../../../src/release/plan.ts';
import type { ReleasePreview } from '../../../src/release/preview/preview.ts';
import { digestOf, type FakePools, planFor } from '../../fakes/activities.ts';
import type { FakeEcs } from '../../fakes/ecs.ts';
import { commit, shaOf } from '../../release/environment/scenes.ts';
import { RealScene } from '../environment/real-scene.ts';
import { withPools } from '../harness.ts';

export type Wish = Pick<ReleaseRequest, 'allowOlder' | 'force' | 'overrideFreeze'>;

let counter = 0;

export class PlanScene {
  readonly real: RealScene;
  readonly client: ReleaseClient;
  /** What the tip of the protected branch says beside the default. */
  rules: SourceReading['rules'] = { policy: 'supersede', freezes: [] };
  unverified: SourceReading['unverified'];
  readonly #server: TestWorkflowEnvironment;

  private constructor(server: TestWorkflowEnvironment, real: RealScene) {
    this.#server = server;
    this.real = real;
    this.client = {
      temporal: server.client,
      address: server.address,
      namespace: 'default',
      close: async () => {},
    };
    this.#makeReal();
  }

  static async create(server: TestWorkflowEnvironment): Promise<PlanScene> {
    return new PlanScene(server, await RealScene.create(server));
  }

  get pools(): FakePools {
    return this.real.pools;
  }

  get ecs(): FakeEcs {
    return this.real.world.ecs;
  }

  get place(): { readonly app: string; readonly environment: string } {
    const { app, environment } = this.real;
    return { app, environment };
  }

  run<T>(work: () => Promise<T>, without: readonly string[] = []): Promise<T> {
    return withPools(this.#server, this.pools, work, without);
  }

  /** @param place of the commit on the main line */
  plan(place: number, wish: Wish = {}): Promise<ReleasePreview> {
    return planRelease(this.client, { ...this.place, sha: shaOf(place), ...wish });
  }

  release(place: number, wish: Wish = {}): Promise<WorkflowHandle> {
    counter += 1;
    return this.#server.client.workflow.start(DEPLOY_WORKFLOW, {
      taskQueue: TASK_QUEUE.control,
      workflowId: `plan-test-${process.pid}-${counter}`,
      args: [{ ...this.place, sha: shaOf(place), ...wish }],
    });
  }

  /** Types of the activities that the newest plan has scheduled, in order. */
  async scheduledByPlan(): Promise<readonly string[]> {
    const { app, environment } = this.place;
    const prefix = `plan/${app}/${environment}/`;
    for (;;) {
      for await (const { workflowId } of this.#server.client.workflow.list({
        query: "WorkflowType = 'plan'",
      })) {
        if (!workflowId.startsWith(prefix)) continue;
        const { events } = await this.#server.client.workflow.getHandle(workflowId).fetchHistory();
        return (events ?? []).flatMap(
          ({ activityTaskScheduledEventAttributes }) =>
            activityTaskScheduledEventAttributes?.activityType?.name ?? [],
        );
      }
      // Visibility lags behind a little.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  close(): Promise<void> {
    return this.real.close();
  }

  #makeReal(): void {
    const { world, store } = this.real;
    const deploys = createDeployActivities({ ...world.ports, turns: turnsIn(store) });
    for (const [name, cpuArchitecture] of [
      ['api', 'ARM64'],
      ['worker', 'X86_64'],
    ] as const) {
      const first = world.ecs.addTaskDefinition(
        name,
        { [name]: `registry.test/shop/${name}@${digestOf(`first ${name}`)}` },
        { runtimePlatform: { cpuArchitecture } },
      );
      world.ecs.addService(`shop-${name}`, first);
      world.platforms.set(digestOf(name), [cpuArchitecture === 'ARM64' ? 'arm64' : 'amd64']);
    }
    this.pools
      .on('inspect', (input) => deploys.inspect(input))
      .on('preview', (input) => deploys.preview(input))
      .on('prepareRollout', (input) => deploys.prepareRollout(input))
      .on('readSource', async (request) => {
        const place = placeOf(request.sha);
        const { inPlace: _inPlace, ...plan } = planFor(request);
        const { sha, subject, ancestors } = commit(place);
        return {
          spec: { ...plan, environment: request.environment, commit: { ...plan.commit, sha, subject } },
          ...(this.unverified && { unverified: this.unverified }),
          ancestors,
          rules: this.rules,
        };
      })
      .on('compareCommits', async ({ sha, serving }) => {
        const [one, other] = [placeOf(sha), placeOf(serving)];
        return one === other ? 'same' : one < other ? 'older' : 'newer';
      });
  }
}

const placeOf = (sha: string): number => Number(sha.slice(0, 12));
