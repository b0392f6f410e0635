/**
 * Which Dockerfile makes the image of which ECS service. Pure. Certain first: the pairs that a person names, then the
 * names of repositories, of services, of containers; a tie is a question, never a guess.
 */

import { shellWord } from '../../client/shell-word.ts';
import { ConfigurationError } from '../../errors.ts';
import type { Cloud, CloudService } from './cloud.ts';
import type { Dockerfile } from './dockerfiles.ts';
import type { DraftImage, DraftService } from './draft.ts';
import { plain } from './image-names.ts';

export interface MatchInput {
  readonly app: string;
  readonly dockerfiles: readonly Dockerfile[];
  readonly cloud: Pick<Cloud, 'cluster' | 'services' | 'repositories'>;
  /** Dockerfile → repository, as a person said. */
  readonly pairs: Readonly<Record<string, string>>;
}

export interface Matched {
  readonly images: readonly DraftImage[];
  readonly services: readonly DraftService[];
  /** What is to be said beside it: what was left out, and what does not exist yet. */
  readonly notes: readonly string[];
  /** ECR repositories that have to be made. */
  readonly missingRepositories: readonly string[];
}

/** What one Dockerfile can make: an own repository's image, wherever it runs, or the stand-in of a container. */
interface Unit {
  readonly key: string;
  readonly repository: string | undefined;
  readonly uses: readonly { readonly service: string; readonly container: string }[];
}

interface Pair {
  readonly unit: Unit;
  readonly dockerfile: Dockerfile;
  readonly guess: string | undefined;
}

export function matchServices(input: MatchInput): Matched {
  const { cloud, dockerfiles } = input;
  assertPairs(input);
  const units = unitsOf(cloud.services);
  const pairs = pairUp(units, input);
  if (pairs.length === 0) throw nothingMatches(input);
  const notes: string[] = [];
  const missingRepositories: string[] = [];
  const images = pairs.map(({ unit, dockerfile, guess }) => {
    const repository = unit.repository ?? repositoryFor(dockerfile, input);
    if (cloud.repositories !== undefined && !cloud.repositories.includes(repository))
      missingRepositories.push(repository);
    const reasons = [
      guess,
      dockerfile.guess && `context: ${dockerfile.guess}`,
      unit.repository === undefined
        ? 'the repository: its service runs an image from elsewhere now'
        : undefined,
    ].filter((reason) => reason !== undefined);
    return draftImage(dockerfile, repository, reasons.join('; ') || undefined);
  });
  const services = cloud.services.flatMap((service) => draftService(service, pairs, notes));
  const used = new Set(pairs.map(({ dockerfile }) => dockerfile.path));
  for (const { path } of dockerfiles.filter(({ path }) => !used.has(path))) {
    notes.push(`${path} is left out: no service of ${cloud.cluster} seems to run it`);
  }
  const left = cloud.services.filter(({ name }) => !services.some((service) => service.name === name));
  if (left.length > 0) {
    notes.push(
      `services of ${cloud.cluster} that no Dockerfile here seems to make: ${listed(left.map(({ name }) => name))}`,
    );
  }
  return { images: images.sort(byName), services: [...services].sort(byName), notes, missingRepositories };
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : 1;

export const draftImage = (
  dockerfile: Dockerfile,
  repository: string,
  guess: string | undefined,
): DraftImage => ({
  name: dockerfile.name,
  context: dockerfile.context,
  dockerfile: dockerfile.file,
  repository,
  guess,
});

/** Own repositories each once; a container with an image from elsewhere counts where it is the only one of its task. */
function unitsOf(services: readonly CloudService[]): readonly Unit[] {
  const units = new Map<
    string,
    { key: string; repository: string | undefined; uses: Unit['uses'][number][] }
  >();
  for (const { name: service, containers } of services) {
    for (const { name: container, repository } of containers) {
      if (repository === undefined && containers.length > 1) continue;
      const key = repository ?? `service ${service}`;
      const unit = units.get(key) ?? { key, repository, uses: [] };
      unit.uses.push({ service, container });
      units.set(key, unit);
    }
  }
  return [...units.values()];
}

/** `shop-api`, `shop/api` and `shop_api` are `api` in the app `shop`. */
const withoutApp = (app: string, name: string): string => {
  const flat = plain(name);
  const prefix = `${plain(app)}-`;
  return flat.startsWith(prefix) ? flat.slice(prefix.length) : flat;
};

type Test = (unit: Unit, dockerfile: Dockerfile) => boolean;

/** From certain to likely; the first that says yes decides. */
function testsFor({
  app,
  pairs,
}: MatchInput): readonly { readonly test: Test; readonly guess: string | undefined }[] {
  const last = (name: string): string => plain(name.split('/').at(-1) ?? '');
  return [
    {
      test: ({ repository }, { path }) => repository !== undefined && pairs[path] === repository,
      guess: undefined,
    },
    {
      test: ({ repository }, { name }) => repository !== undefined && withoutApp(app, repository) === name,
      guess: undefined,
    },
    {
      test: ({ repository }, { name }) => repository !== undefined && last(repository) === name,
      guess: undefined,
    },
    {
      test: ({ uses }, { name }) =>
        uses.some(({ service }) => withoutApp(app, service) === name || plain(service) === name),
      guess: 'by the name of its service',
    },
    {
      test: ({ uses }, { name }) => uses.some(({ container }) => plain(container) === name),
      guess: 'by the name of its container',
    },
  ];
}

function pairUp(units: readonly Unit[], input: MatchInput): readonly Pair[] {
  const pairs: Pair[] = [];
  const isFree = (unit: Unit): boolean => !pairs.some((pair) => pair.unit === unit);
  const isOpen = (dockerfile: Dockerfile): boolean => !pairs.some((pair) => pair.dockerfile === dockerfile);
  for (const { test, guess } of testsFor(input)) {
    const fits = units
      .filter(isFree)
      .flatMap((unit) =>
        input.dockerfiles
          .filter(
            (dockerfile) =>
              isOpen(dockerfile) && isAllowed(unit, dockerfile, input) && test(unit, dockerfile),
          )
          .map((dockerfile) => ({ unit, dockerfile, guess })),
      );
    assertNoTie(fits);
    pairs.push(...fits);
  }
  if (pairs.length > 0) return pairs;
  return theOnlyOnes(units, input.dockerfiles);
}

/** Whoever is named in a pair is matched by that alone. */
const isAllowed = ({ repository }: Unit, { path }: Dockerfile, { pairs }: MatchInput): boolean => {
  const named = pairs[path];
  if (named !== undefined) return named === repository;
  return repository === undefined || !Object.values(pairs).includes(repository);
};

/** One Dockerfile, and one image that somebody here must have built. */
function theOnlyOnes(units: readonly Unit[], dockerfiles: readonly Dockerfile[]): readonly Pair[] {
  const [dockerfile] = dockerfiles;
  const own = units.filter(({ repository }) => repository !== undefined);
  const [unit] = own.length > 0 ? own : units;
  const isOnly = dockerfiles.length === 1 && (own.length === 1 || (own.length === 0 && units.length === 1));
  if (!isOnly || dockerfile === undefined || unit === undefined) return [];
  return [{ unit, dockerfile, guess: 'the only Dockerfile here, the only such image there' }];
}

function assertNoTie(fits: readonly Pair[]): void {
  for (const { unit, dockerfile } of fits) {
    const units = fits.filter((fit) => fit.dockerfile === dockerfile);
    const dockerfiles = fits.filter((fit) => fit.unit === unit);
    if (units.length < 2 && dockerfiles.length < 2) continue;
    const what =
      units.length > 1
        ? `${dockerfile.path} may make the image of ${listed(units.map((fit) => fit.unit.key))}`
        : `the image of ${unit.key} may come from ${listed(dockerfiles.map((fit) => fit.dockerfile.path))}`;
    const repository = unit.repository ?? '<ECR repository>';
    throw new ConfigurationError(`which Dockerfile makes which image? ${what}`, {
      advice: `Say it: slipway init --image ${shellWord(`${dockerfile.path}=${repository}`)}`,
    });
  }
}

function assertPairs({ pairs, dockerfiles, cloud }: MatchInput): void {
  const known = new Set(
    cloud.services.flatMap(({ containers }) => containers.map(({ repository }) => repository)),
  );
  for (const [path, repository] of Object.entries(pairs)) {
    if (!dockerfiles.some((dockerfile) => dockerfile.path === path)) {
      throw new ConfigurationError(`--image names ${path}, which is no Dockerfile here`, {
        advice: `There is ${listed(dockerfiles.map((dockerfile) => dockerfile.path))}.`,
      });
    }
    if (known.has(repository)) continue;
    const there = [...known].filter((name) => name !== undefined);
    throw new ConfigurationError(`--image names ${repository}, which no service of ${cloud.cluster} runs`, {
      advice: there.length > 0 ? `They run ${listed(there)}.` : 'They run no image of this account’s ECR.',
    });
  }
}

function nothingMatches({ cloud, dockerfiles }: MatchInput): ConfigurationError {
  const running = cloud.services.map(({ name, containers }) => {
    const images = containers.map(({ image, repository }) => repository ?? image);
    return `${name} runs ${images.join(', ')}`;
  });
  const example = `${dockerfiles[0]?.path}=${cloud.services.flatMap(({ containers }) => containers)[0]?.repository ?? '<ECR repository>'}`;
  return new ConfigurationError(
    `no service of cluster ${cloud.cluster} seems to run an image of ${listed(dockerfiles.map(({ path }) => path))}`,
    {
      evidence: running.slice(0, 10),
      advice: `Pair them: slipway init --image ${shellWord(example)} – name another --cluster, or leave AWS out with --no-aws.`,
    },
  );
}

const listed = (names: readonly string[]): string =>
  names.length <= 10 ? names.join(', ') : `${names.slice(0, 10).join(', ')} and ${names.length - 10} more`;

/** One that exists already, by the usual ways of naming them; else the default of slipway.yaml. */
function repositoryFor({ name }: Dockerfile, { app, cloud, pairs }: MatchInput): string {
  const taken = new Set([
    ...cloud.services.flatMap(({ containers }) => containers.map(({ repository }) => repository)),
    ...Object.values(pairs),
  ]);
  const usual = defaultRepository(app, name);
  const candidates = [usual, `${app}/${name}`, `${app}-${name}`, name];
  return (
    candidates.find((candidate) => cloud.repositories?.includes(candidate) && !taken.has(candidate)) ?? usual
  );
}

export const defaultRepository = (app: string, name: string): string =>
  name === plain(app) ? app : `${app}/${name}`;

function draftService(
  service: CloudService,
  pairs: readonly Pair[],
  notes: string[],
): readonly DraftService[] {
  const containers: Record<string, string> = {};
  for (const { name } of service.containers) {
    const pair = pairs.find(({ unit }) =>
      unit.uses.some((use) => use.service === service.name && use.container === name),
    );
    if (pair !== undefined) containers[name] = pair.dockerfile.name;
  }
  const images = Object.values(containers);
  if (images.length === 0) return [];
  if (!service.hasBreaker) {
    notes.push(
      `service ${service.name} has no circuit breaker: ECS would try a broken version for ever (slipway doctor)`,
    );
  }
  const { health } = service;
  if (health?.kind === 'behind-a-rule') {
    notes.push(
      `service ${service.name} is reached by a rule of its load balancer: for a health check, give it health: { url: "https://…${health.path}" }`,
    );
  }
  const facts = [service.architecture, service.launchType].filter((fact) => fact);
  return [
    {
      name: service.name,
      runs: service.containers.length === 1 ? (images[0] ?? '') : containers,
      healthPath: health?.kind === 'path' ? health.path : undefined,
      facts: `${facts.length === 0 ? '' : `${facts.join(', ')}; `}now on ${service.taskDefinition}`,
      guess: undefined,
    },
  ];
}
