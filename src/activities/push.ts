/** Pushes an image from the engine that holds it; the digest is what the registry says afterwards. */
import { Context } from '@temporalio/activity';
import type { Ecr } from '../aws/ecr.ts';
import type { PushOptions, PushOutcome } from '../build/push.ts';
import { RefusedByServiceError, TransientError } from '../errors.ts';
import type { ImagePlan } from '../release/plan.ts';
import type { Store } from '../store/store.ts';
import type { PushActivities, PushedImage, PushImageInput } from './contracts/build.ts';
import { withHeartbeat } from './heartbeat.ts';
import { withStepLog } from './step-log.ts';

export interface PushPorts {
  readonly store: Store;
  readonly ecr: Pick<Ecr, 'login' | 'findTag'>;
  /** Architectures of an image in the registry; null when it is not there. */
  readonly architecturesOf: (repositoryUri: string, reference: string) => Promise<readonly string[] | null>;
  readonly push: (options: PushOptions) => Promise<PushOutcome>;
}

export const createPushActivities = (ports: PushPorts): PushActivities => ({
  pushImage: ({ image, commit, localReference }: PushImageInput): Promise<PushedImage> =>
    withHeartbeat(
      'logging in',
      async (heart) => {
        // Twelve hours at most, and a release may be paused for longer: asked for anew at each push.
        const credentials = await ports.ecr.login();
        const token = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');
        return withStepLog(ports.store, `push:${image.name}`, [credentials.password, token], async (log) => {
          heart.follow(() => log.tail(1)[0] ?? '');
          heart.phase('pushing');
          const outcome = await ports.push({
            reference: localReference,
            credentials,
            signal: Context.current().cancellationSignal,
            onOutput: log.write,
            onProgress: (progress) => heart.measure({ ...progress, unit: 'layers' }),
          });
          heart.phase('asking the registry');
          const digest = await ports.ecr.findTag(image.repository, commit.sha);
          await checkAgreement(ports, outcome, digest, image, localReference);
          return { digest: digest ?? '', logKey: log.key };
        });
      },
      `push:${image.name}`,
    ),
});

/**
 * What was pushed and what the registry says must agree. An immutable tag that is there already belongs to an
 * earlier build of this commit: that one is deployed if its platform fits, as two builds of one commit need
 * not be equal to the bit (facts/ecs-deployers.md 3.10).
 */
async function checkAgreement(
  ports: PushPorts,
  outcome: PushOutcome,
  inRegistry: string | null,
  image: ImagePlan,
  reference: string,
): Promise<void> {
  if (inRegistry === null) {
    throw new TransientError(`${reference} was pushed, but the registry does not show it yet`);
  }
  if (outcome.kind === 'pushed') {
    if (outcome.digest === null || outcome.digest === inRegistry) return;
    // Another release of the same commit, most likely: pushing again settles it.
    throw new TransientError(
      `${reference} was pushed as ${outcome.digest}, but the registry says ${inRegistry}: somebody else moved the tag`,
    );
  }
  const architectures = await ports.architecturesOf(image.repositoryUri, inRegistry);
  if (architectures?.includes(image.architecture)) return;
  throw new RefusedByServiceError(
    `${reference} exists for ${architectures?.join(', ') || 'no platform'}, not for ${image.architecture}, and its tag is immutable`,
    {
      advice:
        'give each architecture a repository of its own (images.<name>.repository), or deploy another commit',
    },
  );
}
