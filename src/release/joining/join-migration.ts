/**
 * The migration and the bake time of an environment, joined with what the cluster and CloudWatch say: what they
 * name must exist before anything is built. Pure; called by join-plan.ts.
 */
import type { BakePlan, LogWatch, MigrationPlan, MigrationSpec, ReleaseSpec, ServicePlan } from '../plan.ts';
import type { LiveContainer, LiveFacts, Report } from './live-facts.ts';

/**
 * Returns the migration with its container; null where there is none, or where it has a problem (which is reported).
 * `services` are those that fit: what is wrong with another is said elsewhere.
 */
export const joinMigration = (
  spec: ReleaseSpec,
  services: readonly ServicePlan[],
  live: LiveFacts,
  report: Report,
): MigrationPlan | null => {
  if (spec.bake) joinBake(spec.bake, spec, live, report);
  const { migration } = spec;
  if (!migration) return null;
  const service = services.find(({ name }) => name === migration.service);
  // The configuration knows the service; if it is not here, its own problem has been told.
  if (!service) return null;
  const container = containerOf(migration, service, report);
  if (container === null) return null;
  const containers = containersOf(migration.service, spec, live);
  const found = containers.find(({ name }) => name === container);
  if (!found)
    return report('configuration', noContainer('migration', migration.service, container, containers));
  if (!found.essential) {
    return report(
      'configuration',
      `migration: container ${container} of ${migration.service} is not essential, so that the task would not end ` +
        'with it: name an essential one',
    );
  }
  return { ...migration, container };
};

/** Without one that is named: the only one whose image this release brings. */
const containerOf = (migration: MigrationSpec, service: ServicePlan, report: Report): string | null => {
  if (migration.container !== undefined) return migration.container;
  const mapped = Object.keys(service.containers);
  const [only] = mapped;
  if (only !== undefined && mapped.length === 1) return only;
  return report(
    'configuration',
    `migration: several containers of ${migration.service} run images of this release (${mapped.join(', ')}): ` +
      'say in which one it runs with `container`',
  );
};

const joinBake = (bake: BakePlan, spec: ReleaseSpec, live: LiveFacts, report: Report): void => {
  for (const alarm of bake.alarms.filter((name) => !live.alarms.includes(name))) {
    report(
      'configuration',
      `bake: there is no CloudWatch alarm ${alarm} in the region of the cluster: create it first, or correct its name`,
    );
  }
  for (const watch of bake.logs) {
    const containers = containersOf(watch.service, spec, live);
    if (containers.length > 0) joinLogs(watch, containers, report);
  }
};

const joinLogs = (watch: LogWatch, containers: readonly LiveContainer[], report: Report): void => {
  const { service, container } = watch;
  const needs = 'only logs of the driver `awslogs` with `awslogs-stream-prefix` can be watched';
  if (container === undefined) {
    if (containers.some((candidate) => candidate.findsItsLogs)) return;
    report('configuration', `bake: no container of ${service} logs to CloudWatch Logs: ${needs}`);
    return;
  }
  const found = containers.find(({ name }) => name === container);
  if (!found) report('configuration', noContainer('bake', service, container, containers));
  else if (!found.findsItsLogs)
    report(
      'configuration',
      `bake: container ${container} of ${service} does not log to CloudWatch Logs: ${needs}`,
    );
};

/** By the name in `slipway.yaml`; none where the service does not exist in ECS. */
const containersOf = (name: string, spec: ReleaseSpec, live: LiveFacts): readonly LiveContainer[] => {
  const service = spec.services.find((candidate) => candidate.name === name)?.service;
  return live.services.find((candidate) => candidate.service === service)?.containers ?? [];
};

const noContainer = (
  what: string,
  service: string,
  container: string,
  containers: readonly LiveContainer[],
): string =>
  `${what}: service ${service} has no container named ${container}; it has ${containers.map(({ name }) => name).join(', ')}`;
