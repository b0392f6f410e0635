/**
 * Looks at what a release would make of the cluster and the registry: the plan that it would follow, made as it makes it,
 * and what would become of each image and service. Reads only; what the plan refuses is an answer here, not an error.
 */
import type { Service } from '@aws-sdk/client-ecs';
import { heartbeat } from '@temporalio/activity';
import type { FoundTaskDefinition } from '../aws/ecs.ts';
import { withDefaults } from '../aws/registered-defaults.ts';
import { changesBetween } from '../aws/task-definition-diff.ts';
import { RefusedByServiceError, SlipwayError } from '../errors.ts';
import type { ServiceStanding } from '../release/environment/drift.ts';
import type { RollbackTarget } from '../release/joining/rollback-target.ts';
import type { ImagePlan, Plan, ServicePlan, ServiceSpec } from '../release/plan.ts';
import { type Change, fatesOf, shortDigests, shortText } from '../release/preview/change.ts';
import { fitSight } from '../release/preview/fit.ts';
import type { ImageSight, Obstacle, ServiceDrift, ServiceSight, Sight } from '../release/preview/sight.ts';
import { shortArn } from '../release/short-arn.ts';
import type { DeployActivities, InspectInput } from './contracts/deploy.ts';
import type { DeployPorts } from './deploy-ports.ts';
import { CALLS_AT_ONCE, inParallel } from './in-parallel.ts';
import { type Inspection, inspectLive, patient, planFrom } from './inspect.ts';
import { nextOf } from './next-task-definition.ts';
import { findReusable } from './reusable-image.ts';
import { baseTaskDefinition } from './task-definition-base.ts';
import { whileBeating } from './while-beating.ts';

export const createPreview =
  (ports: DeployPorts): DeployActivities['preview'] =>
  (input) =>
    whileBeating(
      () => heartbeat({ previewing: input.spec.cluster }),
      () => preview(patient(ports), input),
    );

const preview = async (ports: DeployPorts, input: InspectInput): Promise<Sight> => {
  const { spec, good } = input;
  const inspection = await inspectLive(ports, input);
  const { plan, obstacle } = await planOrObstacle(ports, inspection, good);
  const images = plan
    ? await inParallel(plan.images, CALLS_AT_ONCE, (image) => lookAtImage(ports, plan, image))
    : [];
  const looks: Looks = { ports, inspection, plan, images, waves: spec.waves };
  const services = await inParallel(spec.services, CALLS_AT_ONCE, (wanted) => lookAtService(looks, wanted));
  return fitSight({
    obstacle,
    inPlace: plan?.inPlace?.number ?? null,
    images,
    services,
    moreServices: 0,
    moreImages: 0,
    warnings: plan?.warnings ?? spec.warnings ?? [],
  });
};

const planOrObstacle = async (
  ports: DeployPorts,
  inspection: Inspection,
  good: InspectInput['good'],
): Promise<{ readonly plan: Plan | null; readonly obstacle: Obstacle | null }> => {
  try {
    return { plan: await planFrom(ports, inspection, good), obstacle: null };
  } catch (error) {
    const kind = error instanceof SlipwayError ? OBSTACLES[error.type] : undefined;
    if (kind === undefined) throw error;
    return { plan: null, obstacle: { kind, text: (error as SlipwayError).message } };
  }
};

const OBSTACLES: Readonly<Record<string, Obstacle['kind']>> = {
  UnsafePlan: 'unsafe',
  ConfigurationError: 'configuration',
};

const lookAtImage = async (
  { registry }: DeployPorts,
  { promotion, commit }: Plan,
  image: ImagePlan,
): Promise<ImageSight> => {
  const { name, architecture, repositoryUri } = image;
  const common = { name, architecture, repositoryUri };
  const promoted = promotion?.images.find((candidate) => candidate.image === name);
  if (promoted) {
    const source = promoted.repositoryUri === repositoryUri ? 'promote' : 'copy';
    return { ...common, source, digest: promoted.digest };
  }
  try {
    const findTag = async (_image: ImagePlan, tag: string): Promise<string | null> =>
      (await registry.findTags(repositoryUri, [tag])).get(tag) ?? null;
    const { architecturesOf } = registry;
    const digest = await findReusable({ findTag, architecturesOf }, image, commit.sha);
    return { ...common, source: digest === null ? 'build' : 'reuse', digest };
  } catch (error) {
    // Whoever builds may have other rights.
    if (error instanceof RefusedByServiceError) return { ...common, source: 'unknown', digest: null };
    throw error;
  }
};

interface Looks {
  readonly ports: DeployPorts;
  readonly inspection: Inspection;
  readonly plan: Plan | null;
  readonly images: readonly ImageSight[];
  readonly waves: Plan['waves'];
}

const lookAtService = async (looks: Looks, wanted: ServiceSpec): Promise<ServiceSight> => {
  const { inspection, plan, waves } = looks;
  const raw = inspection.raw.find(({ serviceName }) => serviceName === wanted.service);
  const live = inspection.services.find(({ service }) => service === wanted.service);
  const planned = plan?.services.find(({ name }) => name === wanted.name);
  const wave = waves.findIndex((names) => names.includes(wanted.name));
  const found = planned && raw ? await changesOf(looks, planned, raw) : NO_PLAN;
  const standing = inspection.standing?.services.find(({ name }) => name === wanted.name);
  return {
    name: wanted.name,
    service: wanted.service,
    wave: wave === -1 ? null : wave + 1,
    live: raw?.taskDefinition ?? null,
    base: wanted.taskDefinitionBody === undefined ? 'live' : 'repository',
    changes: found.changes?.map(shortText) ?? null,
    note: found.note,
    window: live
      ? {
          desired: live.desired,
          minimumHealthyPercent: live.minimumHealthyPercent,
          maximumPercent: live.maximumPercent,
        }
      : null,
    breaker: live?.circuitBreaker ?? false,
    health: planned?.health?.url ?? null,
    rollback: live ? shortTarget(live.rollback) : null,
    drift: standing ? await driftOf(inspection, standing, found.changes) : null,
  };
};

interface Found {
  readonly changes: readonly Change[] | null;
  readonly note: string | null;
}

const NO_PLAN: Found = { changes: null, note: null };

/** From what the service has to what the release would register. */
const changesOf = async (
  { ports: { texts }, inspection: { describe }, images, plan }: Looks,
  service: ServicePlan,
  { taskDefinition: liveArn = '' }: Service,
): Promise<Found> => {
  const live = await readable(describe, liveArn);
  if (!live)
    return { changes: null, note: `its task definition ${shortArn(liveArn)} cannot be read any more` };
  const base = await baseTaskDefinition(
    { texts, ecs: { describeTaskDefinition: describe } },
    service,
    liveArn,
  );
  try {
    const { tags: _tags, ...next } = nextOf(service, base, (name) => referenceTo(images, plan, name), {});
    return { changes: changesBetween(withDefaults(live.taskDefinition), withDefaults(next)), note: null };
  } catch (error) {
    // A file may hold anything where ECS wants a list: ECS will say so.
    if (!(error instanceof TypeError)) throw error;
    return { changes: null, note: 'its task definition file has another shape than ECS takes' };
  }
};

/** By digest as far as it is known; before the build, by the tag that it will have. */
const referenceTo = (images: readonly ImageSight[], plan: Plan | null, name: string): string | undefined => {
  const image = images.find((candidate) => candidate.name === name);
  if (!image) return undefined;
  const { repositoryUri, digest } = image;
  return digest === null ? `${repositoryUri}:${plan?.commit.sha}` : `${repositoryUri}@${digest}`;
};

const driftOf = async (
  { describe, standing: all }: Inspection,
  { state, taskDefinition, live }: ServiceStanding,
  next: readonly Change[] | null,
): Promise<ServiceDrift | null> => {
  if (state === 'as-recorded' || !all) return null;
  const since = all.number;
  if (state !== 'changed' || live === null || next === null) return { state, since, changes: [] };
  const [was, is] = [await readable(describe, taskDefinition), await readable(describe, live)];
  if (!was || !is) return { state, since, changes: [] };
  return { state, since, changes: fatesOf(changesBetween(was.taskDefinition, is.taskDefinition), next) };
};

/** Undefined: it has been deleted. */
const readable = async (
  describe: Inspection['describe'],
  arn: string,
): Promise<FoundTaskDefinition | undefined> => {
  try {
    return await describe(arn);
  } catch (error) {
    if (error instanceof RefusedByServiceError) return undefined;
    throw error;
  }
};

const shortTarget = ({ taskDefinition, ...rest }: RollbackTarget): ServiceSight['rollback'] => ({
  to: taskDefinition,
  problems: rest.problems.map(shortDigests),
  notes: rest.notes.map(shortDigests),
  unchecked: rest.unchecked.map(shortDigests),
});
