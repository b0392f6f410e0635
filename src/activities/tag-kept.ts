/**
 * Gives the images of the last good releases the tags that protect them from lifecycle rules. Each image has its turn,
 * whatever becomes of the others; what is right already is not touched, so that a retry is harmless.
 */
import { heartbeat } from '@temporalio/activity';
import { allKeepTags, keepTagMoves } from '../release/images/keep-tags.ts';
import type { Unheld } from './contracts/deploy.ts';
import type { DeployPorts } from './deploy-ports.ts';
import { forEachImage } from './for-each-image.ts';

export const createTagKept =
  ({ registry }: Pick<DeployPorts, 'registry'>): Unheld['tagKept'] =>
  ({ environment, images, slots }) =>
    forEachImage(images, async ({ image, repositoryUri, digests }) => {
      heartbeat({ tagging: image });
      const found = await registry.findTags(repositoryUri, allKeepTags(environment));
      for (const { tag, digest } of keepTagMoves(environment, slots, digests, found)) {
        // An older one may be gone: the plan has said so.
        const isThere = digest === digests[0] || (await registry.has(repositoryUri, digest)) !== false;
        if (isThere) await registry.moveTag(repositoryUri, digest, tag);
      }
    });
