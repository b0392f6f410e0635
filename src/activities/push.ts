/** Pushes an image from the engine that holds it; the digest is what the registry says afterwards. */
import { Context } from '@temporalio/activity';
import type { Ecr } from '../aws/ecr.ts';
import type { RegistryCredentials } from '../aws/registry.ts';
import type { PushOptions, PushOutcome } from '../build/push.ts';
import { RefusedByServiceError, TransientError } from '../errors.ts';
import type { Store } from '../store/store.ts';
import type { PushActivities, PushedImage, PushImageInput } from './contract.ts';
import { withHeartbeat } from './heartbeat.ts';
import { withStepLog } from './step-log.ts';

export interface PushPorts {
  readonly store: Store;
  readonly ecr: Pick<Ecr, 'login' | 'findTag'>;
  readonly push: (options: PushOptions) => Promise<PushOutcome>;
}

export const createPushActivities = (ports: PushPorts): PushActivities => ({
  pushImage: ({ image, commit, localReference }: PushImageInput): Promise<PushedImage> =>
    withHeartbeat('logging in', async (heart) => {
      // Twelve hours at most, and a release may be paused for longer: asked for anew at each push.
      const credentials: RegistryCredentials = await ports.ecr.login();
      return withStepLog(ports.store, `push:${image.name}`, [credentials.password], async (log) => {
        heart.phase('pushing');
        const outcome = await ports.push({
          reference: localReference,
          credentials,
          signal: Context.current().cancellationSignal,
          onOutput: (text) => {
            log.write(text);
            heart.line(log.tail(1)[0] ?? '');
          },
        });
        heart.phase('asking the registry');
        const digest = await ports.ecr.findTag(image.repository, commit.sha);
        return { digest: agree(outcome, digest, localReference), logKey: log.key };
      });
    }),
});

/**
 * An immutable tag that is there already belongs to an earlier build of this commit: that one is deployed, as two
 * builds of one commit need not be equal to the bit (facts/ecs-deployers.md 3.10).
 */
const agree = (outcome: PushOutcome, inRegistry: string | null, reference: string): string => {
  if (inRegistry === null)
    throw new TransientError(`${reference} was pushed, but the registry does not show it yet`);
  if (outcome.kind === 'pushed' && outcome.digest !== null && outcome.digest !== inRegistry) {
    throw new RefusedByServiceError(
      `${reference} was pushed as ${outcome.digest}, but the registry says ${inRegistry}: somebody else moved the tag`,
    );
  }
  return inRegistry;
};
