/** One service of the plan: what `slipway.yaml` says of it, joined with what ECS says. Pure; called by join-plan.ts. */
import { isStuck } from '../judging/window.ts';
import type { HealthPlan, HealthSpec, ReleaseSpec, ServicePlan, ServiceSpec } from '../plan.ts';
import type { LiveService, Report } from './live-facts.ts';

/** `declared`: its task definition names its architecture. */
export type JoinedService = ServicePlan & { readonly declared: boolean };

/** Null: it has problems, which are reported; or it is gone, and is not brought back. */
export const joinService = (
  wanted: ServiceSpec,
  found: LiveService | undefined,
  spec: ReleaseSpec,
  report: Report,
  warnings: string[],
): JoinedService | null => {
  const name = `service ${wanted.service}`;
  if (found?.status !== 'ACTIVE') {
    const state = found ? `is ${found.status}` : `does not exist in cluster ${spec.cluster}`;
    if (wanted.taskDefinition !== undefined) {
      warnings.push(`${name} ${state} any more: it is not brought back`);
      return null;
    }
    return report('configuration', `${name} ${state}: create it first, Slipway never creates services`);
  }
  if (found.controller !== 'ECS') {
    return report(
      'unsafe',
      `${name} has the ${found.controller} deployment controller; Slipway drives rolling updates only`,
    );
  }
  if (found.strategy !== 'ROLLING') {
    return report(
      'unsafe',
      `${name} has the ${found.strategy} deployment strategy; Slipway drives rolling updates only`,
    );
  }
  if (isStuck(found)) {
    const { desired, minimumHealthyPercent, maximumPercent } = found;
    return report(
      'unsafe',
      `${name} can never be updated: with ${desired} tasks, minimumHealthyPercent ${minimumHealthyPercent ?? 100} and ` +
        `maximumPercent ${maximumPercent ?? 200} leave no room to start or stop one`,
    );
  }
  if (!found.circuitBreaker)
    warnings.push(
      `${name} has no deployment circuit breaker: ECS itself would never give up on a bad deployment`,
    );
  if (found.desired === 0)
    warnings.push(`${name} is scaled to zero: it will be updated, but cannot be health-checked`);
  for (const missing of found.missingImages) {
    report('unsafe', `${name} cannot be brought back: ${missing}`);
  }
  for (const missing of found.missingSecrets) {
    report('configuration', `${name}: its new tasks could not start: ${missing}`);
  }
  if (found.unknownSecrets.length > 0)
    warnings.push(`${name}: not known whether these are there: ${found.unknownSecrets.join('; ')}`);
  for (const note of found.rollback.notes) warnings.push(`${name}: ${note}`);
  if (found.rollback.problems.length > 0)
    warnings.push(`${name} could not be rolled back: ${found.rollback.problems.join('; ')}`);
  const containers = resolveContainers(wanted, found, report);
  const health = wanted.health ? resolveHealth(wanted, wanted.health, found, report) : undefined;
  if (containers === null || health === null) return null;
  return {
    name: wanted.name,
    service: wanted.service,
    serviceArn: found.arn,
    containers,
    declared: found.architecture !== null,
    architecture: found.architecture ?? 'amd64',
    ...(wanted.taskDefinitionBody ? { taskDefinitionBody: wanted.taskDefinitionBody } : {}),
    ...(wanted.taskDefinition ? { taskDefinition: wanted.taskDefinition } : {}),
    ...(health ? { health } : {}),
    rollback: found.rollback,
  };
};

/** Container → image. Without an explicit map: the only container, else one named like the image or the service. */
const resolveContainers = (
  wanted: ServiceSpec,
  found: LiveService,
  report: Report,
): Readonly<Record<string, string>> | null => {
  const names = found.containers.map((container) => container.name);
  const mapped = Object.keys(wanted.containers);
  if (mapped.length > 0) {
    const unknown = mapped.filter((container) => !names.includes(container));
    if (unknown.length === 0) return wanted.containers;
    return report(
      'configuration',
      `service ${wanted.service} has no container named ${unknown.join(', ')}; it has ${names.join(', ')}`,
    );
  }
  const { image } = wanted;
  if (image === undefined) return report('configuration', `service ${wanted.service} names no image`);
  const [only] = names;
  const container =
    names.length === 1
      ? only
      : names.find((candidate) => candidate === image || candidate === wanted.service);
  if (container !== undefined) return { [container]: image };
  return report(
    'configuration',
    `service ${wanted.service} has several containers (${names.join(', ')}): say which runs ${image} with \`containers\``,
  );
};

const resolveHealth = (
  wanted: ServiceSpec,
  health: HealthSpec,
  found: LiveService,
  report: Report,
): HealthPlan | null => {
  const { path, url, ...rest } = health;
  if (url !== undefined) return { ...rest, url };
  if (found.baseUrl === null) {
    return report(
      'configuration',
      `services.${wanted.name}.health.path needs a load balancer whose listener forwards to service ${wanted.service}, ` +
        'and there is none: give an absolute `url`, or leave `health` to the container health check',
    );
  }
  return { ...rest, url: new URL(path ?? '/', found.baseUrl).href };
};
