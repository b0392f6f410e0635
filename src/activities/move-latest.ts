/**
 * Points `latest` of each image to a digest, or back to one. An image whose label cannot be moved keeps no other from
 * its turn; a retry asks for all again, which is harmless.
 */
import { heartbeat } from '@temporalio/activity';
import type { Unheld } from './contracts/deploy.ts';
import type { MoveLatestInput } from './contracts/registry.ts';
import type { DeployPorts } from './deploy-ports.ts';
import { forEachImage } from './for-each-image.ts';

type Registry = DeployPorts['registry'];

export const createMoveLatest =
  ({ registry }: Pick<DeployPorts, 'registry'>): Unheld['moveLatest'] =>
  ({ images }) =>
    forEachImage(images, async (one) => {
      heartbeat({ moving: one.image });
      await moveOne(registry, one);
    });

const moveOne = async (
  registry: Registry,
  { repositoryUri, digest, onlyFrom }: MoveLatestInput['images'][number],
): Promise<void> => {
  const isTheirs = onlyFrom !== undefined && (await registry.latestOf(repositoryUri)) !== onlyFrom;
  if (!isTheirs) await registry.moveLatest(repositoryUri, digest);
};
