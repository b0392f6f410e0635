/**
 * Which Dockerfile makes which image. Pure. Certain first: the pairs that a person names, then the names of repositories, of
 * services, of containers; a tie is a question, never a guess.
 */

import { ConfigurationError } from '../../errors.ts';
import { shellWord } from '../../release/shell-word.ts';
import type { Cloud, CloudService } from './cloud.ts';
import type { Dockerfile } from './dockerfiles.ts';
import { plain } from './image-names.ts';
import { listed } from './listed.ts';

export interface MatchInput {
  readonly app: string;
  readonly dockerfiles: readonly Dockerfile[];
  readonly cloud: Pick<Cloud, 'cluster' | 'services' | 'repositories'>;
  /** Dockerfile → repository, as a person said. */
  readonly pairs: Readonly<Record<string, string>>;
}

/** What one Dockerfile can make: an own repository's image, wherever it runs, or the stand-in of a container. */
export interface Unit {
  readonly key: string;
  readonly repository: string | undefined;
  readonly uses: readonly { readonly service: string; readonly container: string }[];
}

export interface Pair {
  readonly unit: Unit;
  readonly dockerfile: Dockerfile;
  readonly guess: string | undefined;
}

/** @throws ConfigurationError where that is not clear */
export function pairDockerfiles(input: MatchInput): readonly Pair[] {
  assertPairs(input);
  const pairs = pairUp(unitsOf(input.cloud.services), input);
  if (pairs.length === 0) throw nothingMatches(input);
  return pairs;
}

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
