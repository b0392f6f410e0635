/** One image of the plan: built, or promoted, for whoever runs it. Pure; called by join-plan.ts. */
import { KEEP_TAG_PREFIX } from '../images/keep-tags.ts';
import type { ImagePlan, ImageSpec, ReleaseSpec } from '../plan.ts';
import type { JoinedService } from './join-service.ts';
import type { LiveRepository, Report } from './live-facts.ts';

/** Null: it has problems, which are reported. */
export const joinImage = (
  image: ImageSpec,
  services: readonly JoinedService[],
  repositories: readonly LiveRepository[],
  { promotion, keep }: Pick<ReleaseSpec, 'promotion' | 'keep'>,
  report: Report,
  warnings: string[],
): ImagePlan | null => {
  const repository = repositories.find((candidate) => candidate.repository === image.repository);
  if (!repository) {
    return report(
      'configuration',
      `image ${image.name}: the registry has no repository ${image.repository}; create it first`,
    );
  }
  const users = services.filter((service) => Object.values(service.containers).includes(image.name));
  const declared = new Set(
    users.filter((service) => service.declared).map((service) => service.architecture),
  );
  if (declared.size > 1) {
    return report(
      'configuration',
      `image ${image.name} is run by services of different architectures: make it two images`,
    );
  }
  const [fromServices] = declared;
  if (image.architecture && fromServices && image.architecture !== fromServices) {
    const names = users.map((service) => service.service).join(', ');
    return report(
      'unsafe',
      `image ${image.name} is built for ${image.architecture}, but the task definition of ${names} asks for ${fromServices}`,
    );
  }
  const promoted = promotion?.images.find((candidate) => candidate.image === image.name);
  const wanted = image.architecture ?? fromServices ?? promoted?.architecture ?? 'amd64';
  const origin = `release ${promotion?.number} of ${promotion?.environment}`;
  if (promoted && promoted.architecture !== wanted) {
    return report(
      'unsafe',
      `image ${image.name} runs on ${wanted} here, and ${origin} has verified it for ${promoted.architecture}`,
    );
  }
  if (promoted && repository.promotedIsGone) {
    return report(
      'unsafe',
      `image ${image.name}: ${repository.uri} does not have ${promoted.digest} any more, which ${origin} has verified: bring the commit there again`,
    );
  }
  if (!repository.movesLatest)
    warnings.push(`repository ${image.repository} has immutable tags: \`latest\` will not move`);
  if (keep?.tag && !repository.movesKeepTags)
    warnings.push(
      `repository ${image.repository} has immutable tags: the tags \`${KEEP_TAG_PREFIX}…\` cannot move there, and protect nothing`,
    );
  return {
    ...image,
    architecture: wanted,
    repositoryUri: repository.uri,
    movesLatest: repository.movesLatest,
    ...(keep?.tag && { isTagged: repository.movesKeepTags }),
  };
};
