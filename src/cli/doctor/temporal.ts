/**
 * Temporal: does it answer, is the namespace there, does each pool ask for work.
 */
import { connect, type ReleaseClient, shellWord } from '../../client/index.ts';
import type { Configuration } from '../../config/parse-configuration.ts';
import { SlipwayError } from '../../errors.ts';
import { buildQueue, deployQueue, engineQueue, TASK_QUEUE } from '../../release/names.ts';
import { SEARCH_ATTRIBUTE_NAMES } from '../../release/search-attributes.ts';
import { temporalSettings } from '../../temporal-settings.ts';
import { humanDuration } from '../render/duration.ts';
import type { Engine } from './docker.ts';
import { broken, type Check, type Finding, notAsked, ok, warning } from './finding.ts';

const CONNECT_MS = 5_000;
const WORKFLOW_TASKS = 1;
const ACTIVITY_TASKS = 2;

export interface Temporal {
  readonly open: () => Promise<ReleaseClient>;
  readonly close: () => Promise<void>;
}

/** One connection for all. */
export function openTemporal(): Temporal {
  let client: Promise<ReleaseClient> | undefined;
  return {
    open: () => {
      client ??= connect({ ...temporalSettings(), connectTimeoutMs: CONNECT_MS });
      return client;
    },
    close: async () => {
      await client?.then(
        (opened) => opened.close(),
        () => undefined,
      );
    },
  };
}

const START = 'slipway local up && eval "$(slipway local env)"   (or: export TEMPORAL_ADDRESS=<host>:7233)';

export function serverCheck({ open }: Temporal): Check {
  const about = { id: 'temporal.server', what: 'server' } as const;
  return {
    ...about,
    fix: START,
    run: async () => {
      try {
        const { temporal, address } = await open();
        const { serverVersion } = await inTime(temporal, () => temporal.workflowService.getSystemInfo({}));
        return [ok(about, `${address}, version ${serverVersion}`)];
      } catch (error) {
        return [broken(about, messageOf(error), START)];
      }
    },
  };
}

export function namespaceCheck(temporal: Temporal): Check {
  const about = { id: 'temporal.namespace', what: 'namespace' } as const;
  return whenOpen(temporal, about, START, async ({ temporal: client, namespace }) => {
    const fix = `temporal operator namespace create --namespace ${shellWord(namespace)}   (or: export TEMPORAL_NAMESPACE=<name>)`;
    try {
      const described = await inTime(client, () => client.workflowService.describeNamespace({ namespace }));
      const hours = Number(described.config?.workflowExecutionRetentionTtl?.seconds ?? 0) / 3_600;
      return [ok(about, `${namespace}; what has ended is kept for ${Math.round(hours)} h`)];
    } catch (error) {
      return [broken(about, `${namespace}: ${messageOf(error)}`, fix)];
    }
  });
}

interface Pool {
  readonly queue: string;
  readonly kind: number;
  readonly start: string;
  /** What does not work without it. */
  readonly without: string;
  readonly isNeeded: boolean;
}

/** Those that the releases of this repository need; all there are where it does not say. */
export function poolChecks(
  temporal: Temporal,
  configuration: Configuration | undefined,
  app: string,
): readonly Check[] {
  const deployQueues = new Set(
    Object.values(configuration?.environments ?? { any: {} }).map((section) =>
      'deployQueue' in section ? section.deployQueue : undefined,
    ),
  );
  const hasChecks = configuration === undefined || Object.keys(configuration.checks).length > 0;
  const pools: readonly Pool[] = [
    {
      queue: TASK_QUEUE.control,
      kind: WORKFLOW_TASKS,
      start: `slipway worker control --repository ${app}=<address>`,
      without: 'no release starts',
      isNeeded: true,
    },
    ...[...deployQueues].map((name) => ({
      queue: deployQueue(name),
      kind: ACTIVITY_TASKS,
      start: `slipway worker deploy${name === undefined ? '' : ` --queue ${shellWord(name)}`}`,
      without: 'nothing is planned or deployed',
      isNeeded: true,
    })),
    {
      queue: TASK_QUEUE.checks,
      kind: ACTIVITY_TASKS,
      start: 'slipway worker checks',
      without: 'no check runs',
      isNeeded: hasChecks,
    },
    ...(['arm64', 'amd64'] as const).map((architecture) => ({
      queue: buildQueue(architecture),
      kind: ACTIVITY_TASKS,
      start: `slipway worker build --architecture ${architecture}`,
      without: `no image for ${architecture} is built`,
      isNeeded: false,
    })),
  ];
  return pools.map((pool) => poolCheck(temporal, pool));
}

function poolCheck(temporal: Temporal, { queue, kind, start, without, isNeeded }: Pool): Check {
  const about = { id: `temporal.pool.${queue}`, what: `pool ${queue}` } as const;
  return whenOpen(temporal, about, start, async (client) => {
    const { workers, lastAskedMs } = await pollersOf(client, queue, kind);
    const agoMs = Date.now() - lastAskedMs;
    if (workers > 0 && agoMs > POLL_MS) {
      const says = `the last worker asked for work ${humanDuration(agoMs)} ago: it has gone, or hangs; then ${without}`;
      return [warning(about, says, start)];
    }
    if (workers > 0)
      return [ok(about, `${workers} ${workers === 1 ? 'worker asks' : 'workers ask'} for work`)];
    return [(isNeeded ? broken : warning)(about, `nobody asks for work: ${without}`, start)];
  });
}

/** Whether what this machine's engine has built can be pushed from it. */
export function engineQueueCheck(temporal: Temporal, engine: Engine): Check {
  const about = { id: 'temporal.pool.engine', what: 'pool of this engine' } as const;
  return whenOpen(temporal, about, 'slipway worker build --architecture <arm64|amd64>', async (client) => {
    const info = await engine.info().catch(() => undefined);
    if (info === undefined) return [notAsked(about, 'no Docker engine answers here')];
    const { workers } = await pollersOf(client, engineQueue(info.id), ACTIVITY_TASKS);
    return [
      workers > 0
        ? ok(about, 'what is built here is pushed from here')
        : notAsked(about, 'no build worker runs beside this machine’s engine'),
    ];
  });
}

/** Releases run without them. */
export function searchAttributesCheck(temporal: Temporal): Check {
  const about = { id: 'temporal.search-attributes', what: 'search attributes' } as const;
  const create = (names: readonly string[]): string =>
    `temporal operator search-attribute create ${names.map((name) => `--name ${name} --type Keyword`).join(' ')}`;
  return whenOpen(
    temporal,
    about,
    create(SEARCH_ATTRIBUTE_NAMES),
    async ({ temporal: client, namespace }) => {
      const { customAttributes } = await inTime(client, () =>
        client.connection.operatorService.listSearchAttributes({ namespace }),
      );
      const missing = SEARCH_ATTRIBUTE_NAMES.filter((name) => !Object.hasOwn(customAttributes ?? {}, name));
      if (missing.length === 0) return [ok(about, SEARCH_ATTRIBUTE_NAMES.join(', '))];
      const says = `not registered: ${missing.join(', ')}; releases run, but no list can be filtered by them`;
      return [warning(about, says, create(missing))];
    },
  );
}

/** One that is there asks anew each minute; Temporal names it for some minutes after it has gone. */
const POLL_MS = 90_000;

async function pollersOf(
  { temporal, namespace }: ReleaseClient,
  name: string,
  taskQueueType: number,
): Promise<{ readonly workers: number; readonly lastAskedMs: number }> {
  const { pollers } = await inTime(temporal, () =>
    temporal.workflowService.describeTaskQueue({ namespace, taskQueue: { name }, taskQueueType }),
  );
  const all = pollers ?? [];
  return {
    workers: new Set(all.map(({ identity }) => identity)).size,
    lastAskedMs: Math.max(
      0,
      ...all.map(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1_000),
    ),
  };
}

function whenOpen(
  { open }: Temporal,
  about: Pick<Check, 'id' | 'what'>,
  fix: string,
  run: (client: ReleaseClient) => Promise<readonly Finding[]>,
): Check {
  return {
    ...about,
    fix,
    run: async () => {
      const client = await open().catch(() => undefined);
      return client === undefined ? [notAsked(about, 'Temporal does not answer')] : run(client);
    },
  };
}

const inTime = <T>(client: ReleaseClient['temporal'], call: () => Promise<T>): Promise<T> =>
  client.connection.withDeadline(Date.now() + CONNECT_MS, call);

const messageOf = (error: unknown): string => {
  if (error instanceof SlipwayError) return error.message;
  const details =
    typeof error === 'object' && error !== null && 'details' in error ? error.details : undefined;
  return typeof details === 'string' && details !== ''
    ? details
    : error instanceof Error
      ? error.message
      : String(error);
};
