/**
 * Whether an environment has verified a commit: what its ended releases say of exactly that commit. Turns do not
 * overlap, so the order in which those ended that had one is the order in which they changed the environment.
 */
import type { Promotion, ServiceSpec } from './plan.ts';
import type { ReleaseReport } from './verdict.ts';

export type Verification =
  | { readonly kind: 'verified'; readonly promotion: Promotion }
  | { readonly kind: 'unverified'; readonly why: string };

/**
 * The newest release that has brought the commit decides. A success counts, be it a rollback that brought it back; one
 * that was rolled back says no, and so does a later rollback to a release before it: somebody did not want it.
 * Releases that changed nothing, or only found their version there, say neither.
 *
 * @param reports of the environment, the newest end first; more may follow
 * @returns undefined where these do not decide it
 */
export const verificationOf = (
  sha: string,
  environment: string,
  reports: readonly ReleaseReport[],
): Verification | undefined => {
  let goneBack: { readonly by: number; readonly to: number } | undefined;
  for (const report of reports) {
    const { number, verdict, rollbackTo, commit } = report;
    if (number === null || !hasLearnt(report)) continue;
    if (commit?.sha !== sha) {
      const isGoingBack = verdict === 'succeeded' && rollbackTo !== null;
      if (isGoingBack && rollbackTo < (goneBack?.to ?? Number.POSITIVE_INFINITY)) {
        goneBack = { by: number, to: rollbackTo };
      }
      continue;
    }
    if (verdict !== 'succeeded')
      return no(`release ${number} of ${environment} has brought it and ended as ${verdict}`);
    if (goneBack && number > goneBack.to) {
      return no(
        `release ${number} of ${environment} has brought it, and release ${goneBack.by} went back to release ${goneBack.to}`,
      );
    }
    return { kind: 'verified', promotion: { environment, number, images: imagesOf(report) } };
  }
  return undefined;
};

/**
 * What an environment runs of the commit and the one that was to verify it has not brought: no image may go past that one
 * for the reason that the commit has taken its service out of there.
 *
 * @param alone names in ECS of the services whose images that one is not meant to have
 */
export const notBrought = (
  services: readonly Pick<ServiceSpec, 'service' | 'image' | 'containers'>[],
  alone: readonly string[],
  { images }: Pick<Promotion, 'images'>,
): readonly { readonly image: string; readonly service: string }[] =>
  services
    .filter(({ service }) => !alone.includes(service))
    .flatMap(({ service, image, containers }) =>
      [...new Set([...(image === undefined ? [] : [image]), ...Object.values(containers)])]
        .filter((name) => !images.some((brought) => brought.image === name))
        .map((name) => ({ image: name, service })),
    );

/** Before its first change nothing is learnt about how a commit runs, and nothing by one that was called off there. */
const hasLearnt = ({ verdict, steps }: ReleaseReport): boolean =>
  verdict !== 'aborted' && steps.some(({ kind, state }) => kind === 'register' && state === 'succeeded');

const imagesOf = ({ images }: ReleaseReport): Promotion['images'] =>
  images.map(({ name, architecture, repositoryUri, digest }) => ({
    image: name,
    architecture,
    repositoryUri,
    digest,
  }));

const no = (why: string): Verification => ({ kind: 'unverified', why });
