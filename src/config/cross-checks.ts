/**
 * What a schema cannot say: names in `slipway.yaml` that must fit together.
 */
import { suggestion } from './did-you-mean.ts';
import type { Problem } from './problems.ts';
import type { ConfigurationFile, EnvironmentSection, ServiceSection } from './schema.ts';

type Check = (file: ConfigurationFile) => Problem[];

const unknown = (what: string, name: string, known: readonly string[]): string =>
  `there is no ${what} ${JSON.stringify(name)}${suggestion(name, known) || `; there is ${known.join(', ')}`}`;

const repeated = (names: readonly string[]): string[] => [
  ...new Set(names.filter((name, index) => names.indexOf(name) !== index)),
];

/** The image that a service with neither `image` nor `containers` runs: that of its own name. */
export const imageOf = (name: string, service: ServiceSection): string | undefined =>
  service.containers === undefined ? (service.image ?? name) : undefined;

export const repositoryOf = (app: string, name: string, repository: string | undefined): string =>
  repository ?? `${app}/${name}`;

/** A path from `name` back to itself through `needs`, if there is one. */
function cycleFrom(name: string, checks: ConfigurationFile['checks']): string[] | undefined {
  const visit = (current: string, trail: readonly string[]): string[] | undefined => {
    for (const next of checks[current]?.needs ?? []) {
      if (next === name) return [...trail, next];
      if (trail.includes(next)) continue;
      const found = visit(next, [...trail, next]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return visit(name, [name]);
}

const needsOfChecks: Check = ({ checks }) => {
  const names = Object.keys(checks);
  const reported = new Set<string>();
  return names.flatMap((name) => {
    const problems: Problem[] = (checks[name]?.needs ?? [])
      .map((need, index) => ({ need, index }))
      .filter(({ need }) => !names.includes(need))
      .map(({ need, index }) => ({
        path: ['checks', name, 'needs', index],
        message: unknown('check', need, names),
      }));
    const cycle = reported.has(name) ? undefined : cycleFrom(name, checks);
    for (const member of cycle ?? []) reported.add(member);
    if (cycle !== undefined) {
      problems.push({
        path: ['checks', name, 'needs'],
        message: `checks need each other: ${cycle.join(' → ')}`,
      });
    }
    return problems;
  });
};

const imagesOfServices: Check = ({ images, services }) => {
  const names = Object.keys(images);
  return Object.entries(services).flatMap(([name, service]) => {
    const problems: Problem[] = [];
    const path = ['services', name];
    const single = imageOf(name, service);
    if (service.image !== undefined && service.containers !== undefined) {
      problems.push({ path: [...path, 'image'], message: 'expected either image or containers, got both' });
    }
    if (single !== undefined && !names.includes(single)) {
      const message =
        service.image === undefined
          ? `expected image or containers, as there is no image ${JSON.stringify(name)}`
          : unknown('image', single, names);
      problems.push({ path: service.image === undefined ? path : [...path, 'image'], message });
    }
    if (service.containers !== undefined && Object.keys(service.containers).length === 0) {
      problems.push({ path: [...path, 'containers'], message: 'expected at least one container' });
    }
    for (const [container, image] of Object.entries(service.containers ?? {})) {
      if (!names.includes(image)) {
        problems.push({ path: [...path, 'containers', container], message: unknown('image', image, names) });
      }
    }
    const { health } = service;
    if (health !== undefined && (health.path === undefined) === (health.url === undefined)) {
      problems.push({ path: [...path, 'health'], message: 'expected either path or url' });
    }
    return problems;
  });
};

const imagesThemselves: Check = ({ app, images, services }) => {
  const run = new Set(
    Object.entries(services).flatMap(([name, service]) => [
      imageOf(name, service) ?? '',
      ...Object.values(service.containers ?? {}),
    ]),
  );
  const owners = new Map<string, string>();
  return Object.entries(images).flatMap(([name, image]) => {
    const problems: Problem[] = [];
    const repository = repositoryOf(app, name, image.repository);
    const owner = owners.get(repository);
    if (owner !== undefined) {
      problems.push({
        path: image.repository === undefined ? ['images', name] : ['images', name, 'repository'],
        message: `expected a repository of its own: ${JSON.stringify(repository)} is that of image ${JSON.stringify(owner)}, and both would be tagged with the commit`,
      });
    }
    owners.set(repository, name);
    if (image.commitArg in image.args) {
      problems.push({
        path: ['images', name, 'args', image.commitArg],
        message: 'is set by Slipway to the commit; name another argument, or change commitArg',
      });
    }
    if (image.architecture === undefined && !run.has(name)) {
      problems.push({
        path: ['images', name],
        message: 'expected an architecture ("arm64" or "amd64"), as no service runs this image',
      });
    }
    return problems;
  });
};

/** The services of an environment, as far as they exist. */
export const servicesOf = (file: ConfigurationFile, environment: EnvironmentSection): readonly string[] =>
  environment.services ?? Object.keys(file.services);

const environments: Check = (file) => {
  const names = Object.keys(file.services);
  return Object.entries(file.environments).flatMap(([name, environment]) => {
    const path = ['environments', name];
    const chosen = servicesOf(file, environment);
    const problems: Problem[] = [];
    for (const [index, service] of (environment.services ?? []).entries()) {
      if (!names.includes(service)) {
        problems.push({ path: [...path, 'services', index], message: unknown('service', service, names) });
      }
    }
    for (const service of repeated(environment.services ?? [])) {
      problems.push({ path: [...path, 'services'], message: `names ${JSON.stringify(service)} twice` });
    }
    const inEcs = chosen.map((service) => file.services[service]?.service ?? service);
    for (const service of repeated([...new Set(chosen)].length === chosen.length ? inEcs : [])) {
      problems.push({ path, message: `two of its services are the ECS service ${JSON.stringify(service)}` });
    }
    if (environment.waves === undefined) return problems;
    const waved = environment.waves.flat();
    for (const [wave, members] of environment.waves.entries()) {
      for (const [index, service] of members.entries()) {
        if (chosen.includes(service)) continue;
        problems.push({ path: [...path, 'waves', wave, index], message: notChosen(service, names) });
      }
    }
    for (const service of repeated(waved)) {
      problems.push({
        path: [...path, 'waves'],
        message: `service ${JSON.stringify(service)} is in two waves`,
      });
    }
    for (const service of chosen.filter((each) => !waved.includes(each))) {
      problems.push({
        path: [...path, 'waves'],
        message: `service ${JSON.stringify(service)} is in no wave`,
      });
    }
    return problems;
  });
};

/** What the migration and the bake time of an environment name. */
const aroundServices: Check = (file) => {
  const names = Object.keys(file.services);
  return Object.entries(file.environments).flatMap(([name, environment]) => {
    const { migration, bake } = environment;
    const path = ['environments', name];
    const chosen = servicesOf(file, environment);
    const named = [
      ...(migration ? [{ service: migration.service, path: [...path, 'migration', 'service'] }] : []),
      ...(bake?.logs ?? []).map(({ service }, index) => ({
        service,
        path: [...path, 'bake', 'logs', index, 'service'],
      })),
    ];
    const problems: Problem[] = named
      .filter(({ service }) => !chosen.includes(service))
      .map(({ service, path: where }) => ({ path: where, message: notChosen(service, names) }));
    for (const alarm of repeated(bake?.alarms ?? [])) {
      problems.push({ path: [...path, 'bake', 'alarms'], message: `names ${JSON.stringify(alarm)} twice` });
    }
    return problems;
  });
};

/** Who verifies first must be there, and must not wait for the other one itself. */
const promotions: Check = ({ environments: all }) =>
  Object.entries(all).flatMap(([name, { promote }]) => {
    if (promote === undefined) return [];
    const path = ['environments', name, 'promote'];
    if (!Object.hasOwn(all, promote.from)) {
      return [{ path, message: unknown('environment', promote.from, Object.keys(all)) }];
    }
    const order = [name];
    for (let next: string | undefined = promote.from; next !== undefined; next = all[next]?.promote?.from) {
      const isCycle = order.includes(next);
      order.push(next);
      if (isCycle) return [{ path, message: `environments promote to each other: ${order.join(' ← ')}` }];
    }
    return [];
  });

const notChosen = (service: string, names: readonly string[]): string =>
  names.includes(service)
    ? `service ${JSON.stringify(service)} is not one of this environment's services`
    : unknown('service', service, names);

export const crossCheck: Check = (file) =>
  [needsOfChecks, imagesOfServices, imagesThemselves, environments, promotions, aroundServices].flatMap(
    (check) => check(file),
  );
