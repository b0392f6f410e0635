/**
 * All that must be known and registered before the first service is touched: baselines, platforms of the pushed
 * images, task definitions. A retry after a lost answer finds what it registered before by tag.
 */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Service, TaskDefinition } from '@aws-sdk/client-ecs';
import { activityInfo, heartbeat } from '@temporalio/activity';
import type { FoundTaskDefinition } from '../aws/ecs.ts';
import { toServiceView } from '../aws/ecs-views.ts';
import { isPinned, nextTaskDefinition, pinTo, TAG, tagValue } from '../aws/task-definition.ts';
import { ConfigurationError, UnsafePlanError } from '../errors.ts';
import { type BaselineFinding, findBaseline, type SettledFinding } from '../release/judging/baseline.ts';
import type { ImageDigest, Plan, ServicePlan } from '../release/plan.ts';
import type { Unheld } from './contracts/deploy.ts';
import type {
  Baseline,
  LatestTag,
  PreparedRollout,
  PrepareRolloutInput,
  RolloutTarget,
} from './contracts/rollout.ts';
import type { DeployPorts } from './deploy-ports.ts';
import { knowBaseline } from './known-baseline.ts';
import { nextOf } from './next-task-definition.ts';
import { baseTaskDefinition } from './task-definition-base.ts';
import { whileBeating } from './while-beating.ts';

/** Revisions of a family that are searched for one registered by an earlier attempt. */
const SEARCHED_REVISIONS = 10;

export const createPrepareRollout =
  (ports: DeployPorts): Unheld['prepareRollout'] =>
  async (input: PrepareRolloutInput): Promise<PreparedRollout> => {
    await verifyPlatforms(ports, input.plan, input.images);
    const found = await untilQuiet(ports, input.plan);
    for (const service of input.plan.services) liveService(found, input.plan, service);
    const targets: RolloutTarget[] = [];
    // One after the other: RegisterTaskDefinition has a burst of 20, then one a second (facts 3.9).
    for (const service of input.plan.services) {
      heartbeat({ preparing: service.name });
      const live = liveService(found, input.plan, service);
      targets.push({
        name: service.name,
        service: service.service,
        found: live.raw.taskDefinition ?? '',
        baseline: await recordBaseline(ports, input, service, live),
        taskDefinition: await registerNext(ports, input, service, live.raw),
        desired: live.raw.desiredCount ?? 0,
      });
    }
    const { releaseId, number, plan, images } = input;
    const taskDefinitions = Object.fromEntries(targets.map((target) => [target.name, target.taskDefinition]));
    await ports.records.keep({ number, releaseId, plan, images, taskDefinitions });
    return { targets, latest: await readLatest(ports, input) };
  };

/** Where each `latest` points that the release would move; null where it moves none, or there is none yet. */
const readLatest = async (
  ports: DeployPorts,
  { plan, images }: PrepareRolloutInput,
): Promise<readonly LatestTag[]> => {
  const tags: LatestTag[] = [];
  for (const { name, repositoryUri, movesLatest } of plan.images) {
    heartbeat({ preparing: `latest of ${name}` });
    const digest = movesLatest ? await ports.registry.latestOf(repositoryUri) : null;
    const next = images.find(({ image }) => image === name)?.digest;
    if (next !== undefined) tags.push({ image: name, repositoryUri, digest, next });
  }
  return tags;
};

interface LiveService {
  readonly raw: Service;
  readonly finding: SettledFinding;
}

const isQuiet = (service: {
  readonly raw: Service;
  readonly finding: BaselineFinding;
}): service is LiveService => service.finding.kind !== 'busy';

const liveService = (
  found: ReadonlyMap<string, LiveService>,
  plan: Plan,
  { service }: ServicePlan,
): LiveService => {
  const live = found.get(service);
  if (live?.raw.status === 'ACTIVE') return live;
  const state = live ? `is ${live.raw.status}` : 'is gone';
  throw new ConfigurationError(`service ${service} of cluster ${plan.cluster} ${state}`);
};

const nameOf = ({ raw }: { readonly raw: Service }): string => raw.serviceName ?? '';

/** Heartbeat details while waiting: a worker that dies must not start the wait anew. */
interface Waiting {
  readonly services: Readonly<Record<string, { readonly phase: string; readonly detail: string }>>;
  readonly waitingSinceMs: number;
}

/** Waits while somebody else's deployment is under way in one of the services; refuses when it does not end. */
const untilQuiet = async (ports: DeployPorts, plan: Plan): Promise<ReadonlyMap<string, LiveService>> => {
  const before = activityInfo().heartbeatDetails as Partial<Waiting> | undefined;
  const waitingSinceMs = before?.waitingSinceMs ?? ports.now();
  for (;;) {
    const raw = await ports.ecs.describeRawServices(
      plan.cluster,
      plan.services.map((service) => service.service),
    );
    const live = raw.map((service) => ({
      raw: service,
      finding: findBaseline(toServiceView(service), ports.now(), plan.timing.stallTimeoutMs),
    }));
    const quiet = live.filter(isQuiet);
    if (quiet.length === live.length) return new Map(quiet.map((each) => [nameOf(each), each]));
    const busy = live.filter((each) => !isQuiet(each)).map(nameOf);
    if (ports.now() - waitingSinceMs >= plan.timing.stabilityTimeoutMs) {
      throw new UnsafePlanError(`an earlier deployment of ${busy.join(', ')} is still in progress`, {
        advice:
          'wait until it has ended, or end it (aws ecs stop-service-deployment), then start the release again',
      });
    }
    const theirs = { phase: 'busy', detail: 'waiting for an earlier deployment to end' };
    const services = Object.fromEntries(busy.map((name) => [name, theirs]));
    await whileBeating(
      () => heartbeat({ services, waitingSinceMs } satisfies Waiting),
      () => ports.sleep(plan.timing.pollIntervalMs),
    );
  }
};

/** An image of the wrong architecture would only fail at run time, with "exec format error" (facts 2, row 21). */
const verifyPlatforms = async (
  ports: DeployPorts,
  plan: Plan,
  images: readonly ImageDigest[],
): Promise<void> => {
  for (const { image, repositoryUri, digest } of images) {
    heartbeat({ verifying: image });
    const architectures = await ports.registry.architecturesOf(repositoryUri, digest);
    if (!architectures) throw new ConfigurationError(`the registry does not have ${repositoryUri}@${digest}`);
    for (const service of plan.services) {
      const runsIt = Object.values(service.containers).includes(image);
      if (!runsIt || architectures.includes(service.architecture)) continue;
      throw new UnsafePlanError(
        `image ${image} is built for ${architectures.join(', ')}, but service ${service.service} runs on ${service.architecture}`,
        { advice: `set images.${image}.architecture, or the task definition's runtimePlatform` },
      );
    }
  }
};

const recordBaseline = async (
  ports: DeployPorts,
  input: PrepareRolloutInput,
  service: ServicePlan,
  live: LiveService,
): Promise<Baseline> => {
  const known = await knowBaseline(ports.ecs, input.plan.cluster, live.raw, live.finding);
  if (known.kind === 'none') return { taskDefinition: null, restoreTo: null, whyNone: known.why };
  const arn = known.taskDefinition;
  const { taskDefinition, tags } = await ports.ecs.describeTaskDefinition(arn);
  const moving = (taskDefinition.containerDefinitions ?? []).filter(
    (container) => !isPinned(container.image ?? ''),
  );
  // UpdateService refuses one that was deregistered, though its tasks run on: only a copy could be gone back to.
  const isActive = isUsable(taskDefinition);
  if (moving.length === 0 && isActive) return { taskDefinition: arn, restoreTo: arn };
  // ECS resolves tags anew for each deployment: only a copy named by digest is sure to bring this image back.
  const digests = moving.length === 0 ? new Map<string, string>() : await known.digests();
  const images = Object.fromEntries(
    moving.flatMap(({ name = '', image = '' }) => {
      const digest = digests.get(name);
      return digest ? [[name, pinTo(image, digest)]] : [];
    }),
  );
  if (Object.keys(images).length === 0 && isActive) return { taskDefinition: arn, restoreTo: arn };
  const commit = tagValue(tags, TAG.commit);
  const copy = nextTaskDefinition({
    base: taskDefinition,
    baseTags: tags,
    images,
    tags: {
      [TAG.pinnedFrom]: arn,
      [TAG.service]: service.name,
      ...(commit === undefined ? {} : { [TAG.commit]: commit }),
      ...placeTags(input.plan),
    },
  });
  // The same ARN may have run another digest when an earlier release pinned it: only equal images are the same copy.
  const earlierCopy = await findRevision(
    ports,
    copy.family ?? '',
    (found) =>
      tagValue(found.tags, TAG.pinnedFrom) === arn &&
      isDeepStrictEqual(imagesIn(found.taskDefinition), imagesIn(copy)),
  );
  return { taskDefinition: arn, restoreTo: earlierCopy ?? (await ports.ecs.registerTaskDefinition(copy)) };
};

const isUsable = ({ status }: TaskDefinition): boolean => (status ?? 'ACTIVE') === 'ACTIVE';

const imagesIn = (
  definition: Pick<TaskDefinition, 'containerDefinitions'>,
): readonly (string | undefined)[] =>
  (definition.containerDefinitions ?? []).map((container) => container.image);

const registerNext = async (
  ports: DeployPorts,
  input: PrepareRolloutInput,
  service: ServicePlan,
  live: Service,
): Promise<string> => {
  const base = await baseTaskDefinition(ports, service, live.taskDefinition ?? '');
  if (service.taskDefinition !== undefined && isUsable(base.taskDefinition)) return service.taskDefinition;
  // Tag values allow few characters, workflow ids many: the hash names the release in either case.
  const release = createHash('sha256').update(input.releaseId).digest('hex').slice(0, 32);
  const family = base.taskDefinition.family ?? '';
  if (activityInfo().attempt > 1) {
    const known = await findRevision(
      ports,
      family,
      ({ tags }) => tagValue(tags, TAG.release) === release && tagValue(tags, TAG.service) === service.name,
    );
    if (known) return known;
  }
  return ports.ecs.registerTaskDefinition(
    nextOf(service, base, (name) => referenceTo(input.images, name), {
      [TAG.release]: release,
      [TAG.service]: service.name,
      [TAG.commit]: input.plan.commit.sha,
      ...placeTags(input.plan),
    }),
  );
};

const referenceTo = (images: readonly ImageDigest[], name: string): string | undefined => {
  const found = images.find(({ image }) => image === name);
  return found && `${found.repositoryUri}@${found.digest}`;
};

const placeTags = ({ app, environment }: Plan): Readonly<Record<string, string>> => ({
  [TAG.app]: app,
  [TAG.environment]: environment,
});

const findRevision = async (
  ports: DeployPorts,
  family: string,
  matches: (found: FoundTaskDefinition) => boolean,
): Promise<string | undefined> => {
  for (const arn of await ports.ecs.newestRevisions(family, SEARCHED_REVISIONS)) {
    if (matches(await ports.ecs.describeTaskDefinition(arn))) return arn;
  }
  return undefined;
};
