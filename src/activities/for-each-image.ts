/** One image after the other: one that has trouble keeps no other from its turn, and all troubles are told as one. */
import { isCancelled } from '../aws/abortable.ts';
import { SlipwayError } from '../errors.ts';

interface Trouble {
  readonly image: string;
  readonly error: SlipwayError;
}

/** Errors: as `work`, with the words of all; a bug or a cancellation ends it at once. */
export const forEachImage = async <Image extends { readonly image: string }>(
  images: readonly Image[],
  work: (image: Image) => Promise<void>,
): Promise<void> => {
  const troubles: Trouble[] = [];
  for (const one of images) {
    try {
      await work(one);
    } catch (error) {
      if (isCancelled(error) || !(error instanceof SlipwayError)) throw error;
      troubles.push({ image: one.image, error });
    }
  }
  const [first, ...others] = troubles;
  if (first) throw asOne([first, ...others]);
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
