/**
 * Who has the turn of an environment, as a document in the store that control and the deploy pool share: control
 * writes it for the release that takes its turn, and whoever changes something reads it.
 */
import { SlipwayError, StaleTurnError, TransientError } from '../errors.ts';
import type { Turn } from '../release/environment/state.ts';
import { exactSegment } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import type { Place } from './contracts/environment.ts';
import type { Turns } from './deploy-ports.ts';

export const environmentFolder = ({ app, environment }: Place): string =>
  `environments/${exactSegment(app)}/${exactSegment(environment)}`;

const turnKey = (place: Place): string => `${environmentFolder(place)}/turn`;

/** The last one that was taken; undefined: there was none. Errors: `StoreDamaged`. */
export const readTurn = async (store: Store, place: Place): Promise<Turn | undefined> => {
  const key = turnKey(place);
  const kept = (await store.getDocument(key)) as Partial<Turn> | undefined;
  if (kept === undefined) return undefined;
  if (typeof kept.fence === 'number' && typeof kept.releaseId === 'string') return kept as Turn;
  throw new SlipwayError('StoreDamaged', false, `document ${key} in the store is no turn`, {
    advice: 'see that no release of this environment is running, then remove the document',
  });
};

/** Whoever has a lower fence may not change anything from now on. Errors: StaleTurnError where that is this one. */
export const takeTurn = async (store: Store, place: Place, turn: Turn): Promise<void> => {
  const kept = await readTurn(store, place);
  if (kept && (kept.fence > turn.fence || (kept.fence === turn.fence && kept.releaseId !== turn.releaseId))) {
    throw stale(kept);
  }
  await store.putDocument(turnKey(place), turn);
};

export const turnsIn = (store: Store): Turns => ({
  async check(token) {
    const kept = await readTurn(store, token);
    // An older one is no other's turn: it is another store, or a shared folder that is a moment behind.
    if (kept === undefined || kept.fence < token.fence) {
      throw new TransientError(
        `the store knows nothing of this turn of ${token.app} in ${token.environment}`,
        {
          advice: 'control and deploy need the same store',
        },
      );
    }
    if (kept.fence !== token.fence) throw stale(kept);
  },
});

const stale = ({ number, releaseId }: Turn): StaleTurnError =>
  new StaleTurnError(`release ${number} has the turn of the environment by now: ${releaseId}`, {
    advice: 'nothing was changed by this one since; the other one puts right what it had left half done',
  });
