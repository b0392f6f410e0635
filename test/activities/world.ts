/** The world of the deploy pool in memory: an ECS, a registry, a clock that only sleeping moves. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { DeployPorts } from '../../src/activities/deploy-ports.ts';
import type { TargetHealth } from '../../src/aws/load-balancers.ts';
import type { SecretState } from '../../src/aws/secrets.ts';
import type { StoredImage } from '../../src/release/images/lifecycle-rules.ts';
import type { ImagePlan, Plan, ServicePlan } from '../../src/release/plan.ts';
import { FakeEcs } from '../fakes/ecs.ts';
import { memoryRecords } from '../fakes/records.ts';
import { FakeAlarms, FakeLogSearch, FakeOneOffTasks } from '../fakes/watching.ts';
import { timing } from '../release/views.ts';

export const SHA = 'c'.repeat(40);
export const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

export interface World {
  readonly ecs: FakeEcs;
  readonly oneOffTasks: FakeOneOffTasks;
  readonly alarms: FakeAlarms;
  readonly logSearch: FakeLogSearch;
  readonly ports: DeployPorts;
  /** What each of the next sleeps brings, in order. */
  readonly during: (() => void)[];
  readonly slept: number[];
  readonly platforms: Map<string, readonly string[] | null>;
  readonly moved: string[];
  /** `<repository URI> <digest or tag>` of what the registry has no more. */
  readonly gone: Set<string>;
  /** By what names them; those that are not here are there. */
  readonly secrets: Map<string, SecretState>;
  /** Repository URI → digest that its `latest` names. */
  readonly latest: Map<string, string>;
  /** Repository URI → its lifecycle policy. */
  readonly policies: Map<string, string>;
  /** Repository URI → what it holds. */
  readonly stored: Map<string, readonly StoredImage[]>;
  /** Tag → digest, of those that protect images. */
  readonly tagsOf: (repositoryUri: string) => Map<string, string>;
  /** Names of repositories with immutable tags. */
  readonly fixed: Set<string>;
  /** `<container> <task ARN>` (or the container alone) → what it wrote. */
  readonly written: Map<string, readonly string[]>;
  /** What was asked of the logs, as `<container> <task ARN>`. */
  readonly tailed: string[];
  /** Target group → its targets. */
  readonly targets: Map<string, readonly TargetHealth[]>;
}

export const createWorld = (): World => {
  let nowMs = 1_000_000;
  const ecs = new FakeEcs(() => nowMs);
  const watching = {
    oneOffTasks: new FakeOneOffTasks(() => nowMs),
    alarms: new FakeAlarms(),
    logSearch: new FakeLogSearch(() => nowMs),
  };
  const during: (() => void)[] = [];
  const slept: number[] = [];
  const platforms = new Map<string, readonly string[] | null>();
  const moved: string[] = [];
  const latest = new Map<string, string>();
  const policies = new Map<string, string>();
  const stored = new Map<string, readonly StoredImage[]>();
  const tags = new Map<string, Map<string, string>>();
  const tagsOf = (uri: string): Map<string, string> => {
    const found = tags.get(uri) ?? new Map<string, string>();
    tags.set(uri, found);
    return found;
  };
  const fixed = new Set<string>();
  const gone = new Set<string>();
  const secrets = new Map<string, SecretState>();
  const written = new Map<string, readonly string[]>();
  const tailed: string[] = [];
  const targets = new Map<string, readonly TargetHealth[]>();
  const sleep = async (durationMs: number): Promise<void> => {
    slept.push(durationMs);
    if (slept.length > 10_000) throw new Error('this sleeps for ever');
    nowMs += durationMs;
    during.shift()?.();
  };
  const ports: DeployPorts = {
    ecs,
    revisions: ecs,
    ...watching,
    registry: {
      findRepository: async (name) =>
        name.startsWith('shop/')
          ? { uri: `registry.test/${name}`, movesLatest: true, movesKeepTags: !fixed.has(name) }
          : null,
      architecturesOf: async (_uri, imageDigest) => platforms.get(imageDigest) ?? null,
      has: async (uri, reference) => !gone.has(`${uri} ${reference}`),
      latestOf: async (uri) => latest.get(uri) ?? null,
      moveLatest: async (uri, imageDigest) => {
        moved.push(`${uri}@${imageDigest}`);
      },
      lifecyclePolicy: async (uri) => policies.get(uri) ?? null,
      listImages: async (uri) => stored.get(uri) ?? [],
      findTags: async (uri, wanted) => new Map([...tagsOf(uri)].filter(([tag]) => wanted.includes(tag))),
      moveTag: async (uri, imageDigest, tag) => {
        tagsOf(uri).set(tag, imageDigest);
      },
    },
    copies: { copy: () => Promise.reject(new Error('nothing is copied here')) },
    loadBalancers: {
      baseUrl: async (targetGroupArn) => (targetGroupArn === 'tg/web' ? 'http://lb.test:80' : null),
      targetHealth: async (targetGroupArn) => targets.get(targetGroupArn) ?? [],
    },
    logs: {
      tail: async (_taskDefinition, taskArn, container, lines) => {
        tailed.push(`${container} ${taskArn}`);
        return (written.get(`${container} ${taskArn}`) ?? written.get(container) ?? []).slice(-lines);
      },
    },
    secrets: {
      state: async ({ valueFrom }) => secrets.get(valueFrom) ?? { kind: 'there' },
    },
    turns: { check: async () => {} },
    records: memoryRecords(),
    texts: {
      readText: async (hash) =>
        JSON.stringify({
          family: `from-${hash}`,
          containerDefinitions: [{ name: 'app', image: 'x' }],
          tags: [],
        }),
    },
    now: () => nowMs,
    sleep,
    sleepOn: sleep,
  };
  return {
    ecs,
    ...watching,
    ports,
    during,
    slept,
    platforms,
    moved,
    gone,
    secrets,
    latest,
    policies,
    stored,
    tagsOf,
    fixed,
    written,
    tailed,
    targets,
  };
};

export interface Attempt {
  run<I, O>(activity: (input: I) => Promise<O>, input: I): Promise<O>;
  cancel(): void;
  readonly beats: readonly unknown[];
}

/** One attempt of an activity: its number, and what the attempt before left in its heartbeat. */
export const attempt = (number = 1, heartbeatDetails?: unknown): Attempt => {
  const logger = new DefaultLogger('ERROR');
  const environment = new MockActivityEnvironment({ attempt: number, heartbeatDetails }, { logger });
  const beats: unknown[] = [];
  environment.on('heartbeat', (details) => beats.push(structuredClone(details)));
  return {
    run: (activity, input) => environment.run(activity, input),
    cancel: () => environment.cancel(),
    beats,
  };
};

export const servicePlan = (name: string, more: Partial<ServicePlan> = {}): ServicePlan => ({
  name,
  service: name,
  serviceArn: `arn:aws:ecs:eu-west-1:123456789012:service/shop/${name}`,
  containers: { app: name },
  architecture: 'arm64',
  ...more,
});

const imagePlan = (name: string): ImagePlan => ({
  name,
  context: name,
  dockerfile: 'Dockerfile',
  args: {},
  commitArg: 'COMMIT',
  repository: `shop/${name}`,
  provenance: false,
  timeoutMs: 60_000,
  architecture: 'arm64',
  repositoryUri: `registry.test/shop/${name}`,
  movesLatest: true,
});

export const planOf = (services: readonly ServicePlan[]): Plan => ({
  app: 'shop',
  environment: 'production',
  cluster: 'shop',
  commit: { sha: SHA, subject: 'a change', author: 'Ada' },
  source: { hash: 'f'.repeat(64), bytes: 1 },
  checks: [],
  images: services.map((service) => imagePlan(service.name)),
  services,
  waves: [services.map((service) => service.name)],
  timing,
  inPlace: null,
  warnings: [],
});
