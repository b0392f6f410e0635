/**
 * Watches alarms, log patterns and the services themselves for the bake time, and ends at the first breach. Reads
 * only; release/bake.ts counts and decides. A look that fails is counted, not thrown: Temporal's retries could not
 * tell "all was well" from "nobody could see". After the end come a last look, when late lines have arrived, and
 * some more for what could not be measured in it. A worker that was away has watched nothing: that time is added.
 */
import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { activityInfo, heartbeat } from '@temporalio/activity';
import { isCancelled } from '../aws/abortable.ts';
import { logPlaceOf } from '../aws/log-place.ts';
import { SlipwayError } from '../errors.ts';
import {
  addAlarm,
  addMatches,
  addUnwatched,
  type BakeMemory,
  type Breach,
  bakedMs,
  bakeEndMs,
  beginBake,
  enoughFor,
  missed,
  openTroubles,
  watchedLines,
} from '../release/judging/bake.ts';
import { addServiceLook, type BakedService, type ServiceBreach } from '../release/judging/bake-service.ts';
import { failingContainers } from '../release/judging/task-failure.ts';
import type { BakePlan } from '../release/plan.ts';
import type { DeployActivities } from './contracts/deploy.ts';
import type { WatchBakeInput } from './contracts/rollout.ts';
import type { DeployPorts } from './deploy-ports.ts';
import { whileBeating } from './while-beating.ts';

/** What the log drivers hold back at most, as a rule; shorter where time is scaled down. */
const LATE_LINES_MS = 10_000;
/** Looks after the last one, for what could not be measured in it. */
const MORE_LOOKS = 24;
const LOG_LINES = 50;

/** Heartbeat details: live progress as the CLI reads it, and the counts. */
export interface BakeProgress {
  readonly services: Readonly<Record<string, { readonly phase: string; readonly detail: string }>>;
  readonly memory: BakeMemory;
}

type BakePorts = Pick<DeployPorts, 'ecs' | 'alarms' | 'logSearch' | 'logs' | 'now' | 'sleep'>;

export const createWatchBake =
  (ports: BakePorts): DeployActivities['watchBake'] =>
  async (input) => {
    const { bake, pollIntervalMs, services } = input;
    const before = activityInfo().heartbeatDetails as BakeProgress | undefined;
    const names = services.map(({ name }) => name);
    // A worker of an older version may have left a memory with less in it.
    let memory = { ...beginBake(bake, names, ports.now()), ...before?.memory };
    const beat = (): void => heartbeat(progressOf(names, memory, bake, ports.now()));
    const definitions = new Map<string, Promise<readonly ContainerDefinition[]>>();
    for (let extra = 0; ; ) {
      const atMs = ports.now();
      memory = addUnwatched(memory, bake, pollIntervalMs, atMs);
      const endMs = bakeEndMs(memory, bake);
      const lastLookMs = endMs + Math.min(LATE_LINES_MS, 2 * pollIntervalMs);
      const look = new BakeLook(ports, input, memory, definitions);
      const breaches = await whileBeating(beat, () => look.all(Math.min(atMs, endMs)));
      memory = { ...look.memory, lookedAtMs: ports.now() };
      const done = atMs >= lastLookMs && (openTroubles(memory, bake).length === 0 || extra >= MORE_LOOKS);
      if (breaches.length > 0 || done) {
        const found = breaches.length > 0 ? breaches : openTroubles(memory, bake);
        return { breaches: found, watched: watchedLines(memory, bake) };
      }
      if (atMs >= lastLookMs) extra += 1;
      const untilLastMs = atMs < lastLookMs ? lastLookMs - atMs : pollIntervalMs;
      await whileBeating(beat, () => ports.sleep(Math.min(pollIntervalMs, untilLastMs)));
    }
  };

const progressOf = (
  names: readonly string[],
  memory: BakeMemory,
  bake: BakePlan,
  nowMs: number,
): BakeProgress => {
  const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
  const detail = `${seconds(bakedMs(memory, bake, nowMs))} of ${seconds(bake.durationMs)}`;
  const progress = { phase: 'baking', detail };
  return { services: Object.fromEntries(names.map((name) => [name, progress])), memory };
};

/** One look at everything that is watched. */
class BakeLook {
  readonly #ports: BakePorts;
  readonly #input: WatchBakeInput;
  readonly #definitions: Map<string, Promise<readonly ContainerDefinition[]>>;
  memory: BakeMemory;

  constructor(
    ports: BakePorts,
    input: WatchBakeInput,
    memory: BakeMemory,
    definitions: Map<string, Promise<readonly ContainerDefinition[]>>,
  ) {
    this.#ports = ports;
    this.#input = input;
    this.memory = memory;
    this.#definitions = definitions;
  }

  /** Log lines are read up to `readToMs`. */
  async all(readToMs: number): Promise<readonly Breach[]> {
    const services = await this.#services();
    return [...services, ...(await this.#alarms()), ...(await this.#logs(readToMs))];
  }

  async #alarms(): Promise<readonly Breach[]> {
    const { alarms: names } = this.#input.bake;
    if (names.length === 0) return [];
    const views = await attempt(() => this.#ports.alarms.describe(names));
    const breaches: Breach[] = [];
    const alarms = { ...this.memory.alarms };
    for (const name of names) {
      const tally = alarms[name];
      if (!tally) continue;
      const view = typeof views === 'string' ? undefined : views.get(name);
      if (!view) {
        alarms[name] = missed(tally, typeof views === 'string' ? views : 'the alarm does not exist any more');
        continue;
      }
      const added = addAlarm(tally, name, view);
      alarms[name] = added.tally;
      if (added.breach) breaches.push(added.breach);
    }
    this.memory = { ...this.memory, alarms };
    return breaches;
  }

  async #services(): Promise<readonly Breach[]> {
    const { cluster, services } = this.#input;
    const { ecs } = this.#ports;
    const views = await attempt(() =>
      ecs.describeServices(
        cluster,
        services.map(({ service }) => service),
      ),
    );
    const breaches: Breach[] = [];
    for (const baked of services) {
      const tally = this.memory.services[baked.name];
      if (!tally) continue;
      const look =
        typeof views === 'string'
          ? views
          : await attempt(async () => ({
              view: views.get(baked.service),
              stopped: await ecs.stoppedTasks(cluster, baked.service),
              running: this.#logsAreRead(baked) ? await ecs.runningTasks(cluster, baked.service) : [],
            }));
      if (typeof look === 'string') {
        this.#remember(baked.name, missed(tally, look));
        continue;
      }
      const added = addServiceLook(tally, baked, look, this.memory.startedAtMs);
      this.#remember(baked.name, added.tally);
      if (added.breach) breaches.push(await this.#withLog(baked, added.breach));
    }
    return breaches;
  }

  #logsAreRead({ name }: BakedService): boolean {
    return this.#input.bake.logs.some(({ service }) => service === name);
  }

  #remember(name: string, tally: BakeMemory['services'][string]): void {
    this.memory = { ...this.memory, services: { ...this.memory.services, [name]: tally } };
  }

  async #withLog(
    { taskDefinition }: BakedService,
    { summary, evidence, task }: ServiceBreach,
  ): Promise<Breach> {
    const [container] = task ? failingContainers(task) : [];
    if (!task || container === undefined) return { summary, evidence };
    const lines = await this.#ports.logs.tail(taskDefinition, task.arn, container, LOG_LINES);
    return { summary, evidence: [...evidence, ...lines] };
  }

  async #logs(readToMs: number): Promise<readonly Breach[]> {
    const { bake, services } = this.#input;
    const { startedAtMs } = this.memory;
    const breaches: Breach[] = [];
    const logs = [...this.memory.logs];
    for (const [index, watch] of bake.logs.entries()) {
      const tally = logs[index];
      const baked = services.find(({ name }) => name === watch.service);
      if (!tally || !baked || readToMs <= tally.fromMs) continue;
      const found = await attempt(async () => {
        const containers = await this.#containers(baked, watch.container);
        const taskIds = this.memory.services[baked.name]?.tasks ?? [];
        const { pattern } = watch;
        const enough = enoughFor(watch, tally.fromMs, readToMs);
        const query = { taskIds, pattern, fromMs: tally.fromMs, toMs: readToMs, enough };
        const matches = await Promise.all(
          containers.map((container) => this.#ports.logSearch.matches({ ...query, container })),
        );
        return matches.flat();
      });
      if (typeof found === 'string') {
        logs[index] = missed(tally, found);
        continue;
      }
      const added = addMatches(tally, watch, found, startedAtMs, readToMs);
      logs[index] = added.tally;
      if (added.breach) breaches.push(added.breach);
    }
    this.memory = { ...this.memory, logs };
    return breaches;
  }

  async #containers(
    { name, taskDefinition }: BakedService,
    only: string | undefined,
  ): Promise<readonly ContainerDefinition[]> {
    const { tasks = [], desired = null } = this.memory.services[name] ?? {};
    if (tasks.length === 0 && desired === 0) return [];
    if (tasks.length === 0) throw new Unmeasurable(`no new task of ${name} has been seen`);
    const asked =
      this.#definitions.get(taskDefinition) ??
      this.#ports.ecs
        .describeTaskDefinition(taskDefinition)
        .then((found) => found.taskDefinition.containerDefinitions ?? []);
    const all = await asked;
    this.#definitions.set(taskDefinition, asked);
    const containers = all.filter(
      (container) => logPlaceOf(container) !== undefined && (only === undefined || container.name === only),
    );
    if (containers.length === 0) throw new Unmeasurable(`nothing of ${name} logs to CloudWatch Logs`);
    return containers;
  }
}

class Unmeasurable extends SlipwayError {
  constructor(message: string) {
    super('Unmeasurable', true, message);
  }
}

/** The answer, or why there is none. A cancellation, and a bug of ours, are thrown. */
const attempt = async <T extends object>(look: () => Promise<T>): Promise<T | string> => {
  try {
    return await look();
  } catch (error) {
    if (isCancelled(error)) throw error;
    if (error instanceof SlipwayError) return error.message;
    // A call that took too long is aborted, and says no more than that.
    if ((error as Error).name === 'AbortError' || (error as Error).name === 'TimeoutError')
      return 'no answer in time';
    throw error;
  }
};
