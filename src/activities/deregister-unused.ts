/**
 * Clears task definitions away that nothing refers to: those that the environment's own releases registered, that the
 * store does not need (the input says so), and that nothing in the cluster runs or names. What is in use is looked at
 * again directly before each few calls, and the turn before each one: a release that begins meanwhile ends it. A
 * revision that is deregistered is no loss of anything that runs, and a rollback to it registers a copy.
 */
import { activityInfo, heartbeat } from '@temporalio/activity';
import { TAG, tagValue } from '../aws/task-definition.ts';
import { StaleTurnError } from '../errors.ts';
import { type GarbageRules, type RevisionView, whyKept } from '../release/garbage.ts';
import type { GcStop } from '../release/requests/gc-request.ts';
import type { DeployActivities } from './contracts/deploy.ts';
import type { DeregisterUnusedInput, DeregisterUnusedResult, NeededRevision } from './contracts/gc.ts';
import type { DeployPorts } from './deploy-ports.ts';
import { CALLS_AT_ONCE, inParallel, patientReads } from './in-parallel.ts';
import { whileBeating } from './while-beating.ts';

type Ports = Pick<DeployPorts, 'ecs' | 'revisions' | 'now' | 'sleep'>;

/** RegisterTaskDefinition and DeregisterTaskDefinition share 20 calls, and then one a second (facts 3.9). */
const PAUSE_MS = 1_000;
/** What is in use is looked at anew for each so many. */
const BATCH = 20;
/** About half an hour. */
const MOST_AT_ONCE = 1_500;
const LIMIT: GcStop = { kind: 'limit', text: `one run takes ${MOST_AT_ONCE}: run it again` };

/** Heartbeat details: what an attempt before this one has done is told as well. */
interface Progress {
  readonly deregistered: readonly string[];
}

export const createDeregisterUnused =
  (given: Ports): DeployActivities['deregisterUnused'] =>
  (input) => {
    const ports: Ports = {
      ...given,
      ecs: patientReads(given.ecs, given.sleep),
      // To deregister the same one again is harmless.
      revisions: patientReads(given.revisions, given.sleep),
    };
    const before = activityInfo().heartbeatDetails as Partial<Progress> | undefined;
    const clearing = new Clearing(ports, input, before?.deregistered ?? []);
    return whileBeating(
      () => heartbeat(clearing.progress),
      () => clearing.run(),
    );
  };

class Clearing {
  readonly #ports: Ports;
  readonly #input: DeregisterUnusedInput;
  readonly #done: string[];
  readonly #kept = new Map<string, string[]>();
  /** All are of one account and one region. */
  #arnPrefix: string | undefined;

  constructor(ports: Ports, input: DeregisterUnusedInput, done: readonly string[]) {
    this.#ports = ports;
    this.#input = input;
    // A dry run has done nothing: what it would do is looked for again.
    this.#done = input.dryRun ? [] : [...done];
  }

  get progress(): Progress {
    return { deregistered: this.#done };
  }

  async run(): Promise<DeregisterUnusedResult> {
    const unneeded: string[] = [];
    for (const family of await this.#families()) unneeded.push(...(await this.#unneededIn(family)));
    const stopped = await this.#clear(unneeded);
    const kept = [...this.#kept].map(([why, revisions]) => ({ why, revisions }));
    const prefix = this.#arnPrefix;
    return { deregistered: this.#done, kept, stopped, ...(prefix !== undefined && { arnPrefix: prefix }) };
  }

  /** Those of the releases, and what the services have now. */
  async #families(): Promise<readonly string[]> {
    const { cluster, services, families } = this.#input;
    const names = services.map(({ service }) => service);
    const live = await this.#ports.ecs.describeRawServices(cluster, names);
    const theirs = live.flatMap(({ taskDefinition }) =>
      taskDefinition ? [shortName(taskDefinition).replace(/:\d+$/, '')] : [],
    );
    return [...new Set([...families, ...theirs])];
  }

  /** ARNs of the environment's own old revisions that the store does not need. */
  async #unneededIn(family: string): Promise<readonly string[]> {
    const needed = new Map(this.#input.needed.map(({ taskDefinition, why }) => [taskDefinition, why]));
    const arns = await this.#ports.revisions.activeIn(family);
    const [first] = arns;
    if (first !== undefined) this.#arnPrefix ??= first.slice(0, first.lastIndexOf('/') + 1);
    const reasons = await inParallel(
      arns,
      CALLS_AT_ONCE,
      async (arn) => needed.get(arn) ?? this.#whyKept(arn),
    );
    return arns.filter((arn, index) => {
      const why = reasons[index] ?? null;
      if (why !== null) this.#keep(arn, why);
      return why === null;
    });
  }

  async #whyKept(arn: string): Promise<string | null> {
    const { taskDefinition, tags } = await this.#ports.ecs.describeTaskDefinition(arn);
    const view: RevisionView = {
      arn,
      registeredAtMs: taskDefinition.registeredAt?.getTime() ?? Number.POSITIVE_INFINITY,
      isOurs: [TAG.release, TAG.pinnedFrom].some((key) => tagValue(tags, key) !== undefined),
      service: tagValue(tags, TAG.service),
      app: tagValue(tags, TAG.app),
      environment: tagValue(tags, TAG.environment),
    };
    return whyKept(view, this.#rules);
  }

  get #rules(): GarbageRules {
    const { turn, services, minimumAgeMs } = this.#input;
    const { app, environment } = turn;
    const names = services.map(({ name }) => name);
    return { app, environment, services: names, nowMs: this.#ports.now(), minimumAgeMs };
  }

  /** Returns why it ended early; null: it did not. */
  async #clear(arns: readonly string[]): Promise<GcStop | null> {
    const { dryRun } = this.#input;
    for (let start = 0; start < arns.length; start += BATCH) {
      const used = await this.#usedNow();
      for (const arn of arns.slice(start, start + BATCH)) {
        const why = used.get(arn);
        if (why !== undefined) this.#keep(arn, why);
        else if (this.#done.length >= MOST_AT_ONCE) return LIMIT;
        else if (dryRun) this.#done.push(shortName(arn));
        else {
          const stopped = await this.#deregister(arn);
          if (stopped !== null) return stopped;
        }
      }
    }
    return null;
  }

  async #deregister(arn: string): Promise<GcStop | null> {
    if (this.#done.length > 0) await this.#ports.sleep(PAUSE_MS);
    try {
      await this.#ports.revisions.deregisterTaskDefinition(arn);
    } catch (error) {
      if (error instanceof StaleTurnError) return { kind: 'turn-taken', text: error.message };
      throw error;
    }
    this.#done.push(shortName(arn));
    heartbeat(this.progress);
    return null;
  }

  /** ARN → what has it at this moment. */
  async #usedNow(): Promise<ReadonlyMap<string, string>> {
    const { ecs, revisions } = this.#ports;
    const { cluster, services } = this.#input;
    const used = new Map<string, string>();
    for (const arn of await revisions.runningIn(cluster)) used.set(arn, 'a task runs it');
    // A service may show nothing that has completed: then ECS itself would go back to what its history says.
    const completed = await inParallel(services, CALLS_AT_ONCE, async ({ service }) => ({
      service,
      last: await ecs.lastCompleted(cluster, service),
    }));
    for (const { service, last } of completed) {
      if (last.kind === 'completed') used.set(last.taskDefinition, `completed last in service ${service}`);
    }
    for (const { serviceName, taskDefinition, deployments, taskSets } of await revisions.servicesOf(
      cluster,
    )) {
      for (const each of [{ taskDefinition }, ...(deployments ?? []), ...(taskSets ?? [])]) {
        if (each.taskDefinition) used.set(each.taskDefinition, `service ${serviceName} has it`);
      }
    }
    return used;
  }

  #keep(arn: string, why: NeededRevision['why']): void {
    this.#kept.set(why, [...(this.#kept.get(why) ?? []), shortName(arn)]);
  }
}

/** `…:task-definition/api:7` → `api:7`. */
const shortName = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);
