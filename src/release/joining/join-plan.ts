/**
 * Joins what the repository says (the spec) with what the cluster and the registry say (live facts) into the
 * frozen plan. Pure: all problems come back at once, each with a word on what to do.
 */
import { driftWarning, inPlaceOf, type Standing } from '../environment/drift.ts';
import type { Architecture, ImagePlan, Plan, ReleaseSpec, ServicePlan } from '../plan.ts';
import { joinImage } from './join-image.ts';
import { joinMigration } from './join-migration.ts';
import { type JoinedService, joinService } from './join-service.ts';
import type { LiveFacts, Problem, Report } from './live-facts.ts';

export type JoinResult =
  | { readonly plan: Plan; readonly problems: readonly [] }
  | { readonly plan: null; readonly problems: readonly Problem[] };

export const joinPlan = (spec: ReleaseSpec, live: LiveFacts): JoinResult => {
  const problems: Problem[] = [];
  const warnings: string[] = [...(spec.warnings ?? [])];
  const report: Report = (kind, text) => {
    problems.push({ kind, text });
    return null;
  };

  const services: JoinedService[] = [];
  for (const wanted of spec.services) {
    const found = live.services.find((candidate) => candidate.service === wanted.service);
    const plan = joinService(wanted, found, spec, report, warnings);
    if (plan) services.push(plan);
  }
  const images: ImagePlan[] = [];
  for (const image of spec.images) {
    const plan = joinImage(image, services, live.repositories, spec, report, warnings);
    if (plan) images.push(plan);
  }
  warnings.push(...driftOf(spec, live.standing));
  const { migration: _migration, warnings: _warnings, ...rest } = spec;
  const migration = joinMigration(spec, services, live, report);
  if (problems.length > 0) return { plan: null, problems };
  const byImage = new Map(images.map((image) => [image.name, image.architecture]));
  return {
    plan: {
      ...rest,
      images,
      services: services.map((service) => settle(service, byImage)),
      ...(migration && { migration }),
      inPlace: inPlaceOf(
        live.standing,
        spec.commit.sha,
        spec.services.map(({ name }) => name),
      ),
      warnings,
    },
    problems: [],
  };
};

/** What somebody else has changed since the last success: it is about to be overwritten. */
const driftOf = (spec: ReleaseSpec, standing: Standing | null): readonly string[] =>
  (standing?.services ?? [])
    .filter(({ state }) => state === 'changed')
    .flatMap((service) => {
      const wanted = spec.services.find(({ name }) => name === service.name);
      if (!wanted || !standing) return [];
      const base = wanted.taskDefinition ? 'recorded' : wanted.taskDefinitionBody ? 'repository' : 'live';
      return [driftWarning(service, standing.number, base)];
    });

/** A task definition that does not name its architecture runs on whatever its image was built for. */
const settle = (
  { declared, ...service }: JoinedService,
  byImage: ReadonlyMap<string, Architecture>,
): ServicePlan => {
  const [image] = Object.values(service.containers);
  const built = image === undefined ? undefined : byImage.get(image);
  return { ...service, architecture: declared || built === undefined ? service.architecture : built };
};
