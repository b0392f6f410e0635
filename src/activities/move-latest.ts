/**
 * Points `latest` of each image to a digest, or back to one. An image whose label cannot be moved keeps no other from
 * its turn; a retry asks for all again, which is harmless.
 */
import { heartbeat } from '@temporalio/activity';
import { isCancelled } from '../aws/abortable.ts';
import { SlipwayError } from '../errors.ts';
import type { MoveLatestInput, Unheld } from './contract.ts';
import type { DeployPorts } from './deploy-ports.ts';

interface Trouble {
  readonly image: string;
  readonly error: SlipwayError;
}

type Registry = DeployPorts['registry'];

export const createMoveLatest =
  ({ registry }: Pick<DeployPorts, 'registry'>): Unheld['moveLatest'] =>
  async ({ images }) => {
    const troubles: Trouble[] = [];
    for (const one of images) {
      const { image } = one;
      heartbeat({ moving: image });
      try {
        await moveOne(registry, one);
      } catch (error) {
        if (isCancelled(error) || !(error instanceof SlipwayError)) throw error;
        troubles.push({ image, error });
      }
    }
    const [first, ...others] = troubles;
    if (first) throw asOne([first, ...others]);
  };

const moveOne = async (
  registry: Registry,
  { repositoryUri, digest, onlyFrom }: MoveLatestInput['images'][number],
): Promise<void> => {
  const isTheirs = onlyFrom !== undefined && (await registry.latestOf(repositoryUri)) !== onlyFrom;
  if (!isTheirs) await registry.moveLatest(repositoryUri, digest);
};

/** The first one that may pass, else the first one, with the words of all. */
const asOne = (troubles: readonly [Trouble, ...Trouble[]]): SlipwayError => {
  const { error } = troubles.find((trouble) => trouble.error.retryable) ?? troubles[0];
  const { type, retryable, advice } = error;
  const message = troubles.map((trouble) => `${trouble.image}: ${trouble.error.message}`).join('; ');
  return new SlipwayError(type, retryable, message, {
    cause: error,
    evidence: troubles.flatMap((trouble) => trouble.error.evidence),
    ...(advice === undefined ? {} : { advice }),
  });
};
