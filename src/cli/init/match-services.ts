/**
 * From Dockerfiles and the cluster's services to the images and services of `slipway.yaml`. Pure.
 */
import { shellWord } from '../../release/shell-word.ts';
import type { CloudService } from './cloud.ts';
import type { Dockerfile } from './dockerfiles.ts';
import type { DraftImage, DraftService } from './draft.ts';
import { plain } from './image-names.ts';
import { listed } from './listed.ts';
import { type MatchInput, type Pair, pairDockerfiles } from './pair-dockerfiles.ts';

export interface Matched {
  readonly images: readonly DraftImage[];
  readonly services: readonly DraftService[];
  /** What is to be said beside it: what was left out, and what does not exist yet. */
  readonly notes: readonly string[];
  /** ECR repositories that have to be made. */
  readonly missingRepositories: readonly string[];
}

export function matchServices(input: MatchInput): Matched {
  const { cloud, dockerfiles } = input;
  const pairs = pairDockerfiles(input);
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
  const leftOut = dockerfiles.filter(({ path }) => !used.has(path));
  for (const { path } of leftOut) {
    notes.push(`${path} is left out: no service of ${cloud.cluster} seems to run it`);
  }
  const left = cloud.services.filter(({ name }) => !services.some((service) => service.name === name));
  if (left.length > 0) {
    notes.push(
      `services of ${cloud.cluster} that no Dockerfile here seems to make: ${listed(left.map(({ name }) => name))}`,
    );
  }
  notes.push(...howToPair(leftOut, left));
  return { images: images.sort(byName), services: [...services].sort(byName), notes, missingRepositories };
}

/** Names may differ where people know better: only they can say so. */
function howToPair(dockerfiles: readonly Dockerfile[], services: readonly CloudService[]): readonly string[] {
  const repositories = services.flatMap(({ containers }) =>
    containers.flatMap(({ repository }) => repository ?? []),
  );
  const [dockerfile] = dockerfiles;
  const [repository] = repositories;
  if (dockerfile === undefined || repository === undefined) return [];
  const pair = `${shellWord(dockerfile.path)}=${shellWord(repository)}`;
  return [`where a Dockerfile does make one of those, run it again and say so: --force --image ${pair}`];
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
