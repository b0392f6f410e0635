/**
 * Control's memory of releases: a mark from before the first change until the report is kept, so that one that was
 * terminated in between is found and put right by the next. All of it may be done twice, and by two workers at once.
 */
import { createHash } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { SlipwayError } from '../errors.ts';
import { workflowIdOf } from '../release/names.ts';
import type { ReleaseReport } from '../release/verdict.ts';
import { exactSegment } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import type { ControlActivities, ReleaseMark } from './contracts/control.ts';
import type { Place } from './contracts/environment.ts';
import type { Fate } from './release-fate.ts';
import { takeTurn } from './turns.ts';
import { BEAT_EVERY_MS, whileBeating } from './while-beating.ts';

export interface MarkPorts {
  readonly store: Store;
  /** What has become of a release, by its id. */
  readonly fateOf: (releaseId: string) => Promise<Fate>;
}

/** As kept: when it was opened decides the order in which broken-off releases are put right. */
interface KeptMark {
  readonly openedAtMs: number;
  readonly mark: ReleaseMark;
  /** Its release has ended without its turn: whatever it reported, somebody else has to put this right. */
  readonly orphaned?: true;
}

const hashOf = (releaseId: string): string =>
  createHash('sha256').update(releaseId).digest('hex').slice(0, 32);

const RELEASES = 'releases';

const folderOf = ({ app, environment }: Place): string =>
  `${RELEASES}/${exactSegment(app)}/${exactSegment(environment)}`;

const openKey = (place: Place, releaseId: string): string => `${folderOf(place)}/open/${hashOf(releaseId)}`;

/** Of the kept reports of an environment. */
export const endedFolder = (place: Place): string => `${folderOf(place)}/ended`;

/** `…/ended/20261123T201609123Z-<hash>`: sorted by name is sorted by time; a retry writes the same key. */
export const endedKey = (place: Place, releaseId: string, endedAtMs: number): string =>
  `${endedFolder(place)}/${timeInKey(endedAtMs)}-${hashOf(releaseId)}`;

/** Of all reports that a release has left, the first one first. */
export const keysOfReports = async (store: Store, place: Place, releaseId: string): Promise<string[]> =>
  (await store.listDocuments(`${folderOf(place)}/ended`)).filter((key) =>
    key.endsWith(`-${hashOf(releaseId)}`),
  );

/**
 * What a release has reported of all that it has changed, however its workflow ended after that; undefined where it
 * has not. Errors: `StoreDamaged`.
 */
export const keptReport = async (
  store: Store,
  place: Place,
  releaseId: string,
): Promise<ReleaseReport | undefined> => {
  const key = openKey(place, releaseId);
  const mark = await store.getDocument(key);
  return reportSince(store, place, releaseId, mark === undefined ? 0 : readMark(key, mark).openedAtMs);
};

/**
 * A kept report outlives Temporal's retention. One from before the mark says nothing of it: a reset release goes on
 * under the same id, after its report.
 */
const reportSince = async (
  store: Store,
  place: Place,
  releaseId: string,
  openedAtMs: number,
): Promise<ReleaseReport | undefined> => {
  for (const key of (await keysOfReports(store, place, releaseId)).reverse()) {
    const { report } = ((await store.getDocument(key)) ?? {}) as { report?: ReleaseReport };
    if (report && report.endedAtMs >= openedAtMs) return report;
  }
  return undefined;
};

const timeInKey = (atMs: number): string => new Date(atMs).toISOString().replaceAll(/[-:.]/g, '');

/** Of releases that are under way, or were broken off, in whatever environment. Errors: `StoreDamaged`. */
export const allOpenMarks = async (store: Store): Promise<readonly ReleaseMark[]> => {
  const keys = (await store.listDocuments(RELEASES)).filter((key) => key.split('/').at(-2) === 'open');
  return (await marksAt(store, keys)).map(({ mark }) => mark);
};

const keptMarks = async (store: Store, place: Place): Promise<readonly KeptMark[]> =>
  marksAt(store, await store.listDocuments(`${folderOf(place)}/open`));

const marksAt = async (store: Store, keys: readonly string[]): Promise<readonly KeptMark[]> => {
  const kept: KeptMark[] = [];
  for (const key of keys) {
    const document = await store.getDocument(key);
    // Taken away by another worker in the meantime.
    if (document !== undefined) kept.push(readMark(key, document));
  }
  return kept.sort((a, b) => a.openedAtMs - b.openedAtMs);
};

export function createMarkActivities({
  store,
  fateOf,
}: MarkPorts): Pick<ControlActivities, 'takeTurn' | 'openRelease' | 'closeRelease'> {
  /** The report first: killed in between, the next one finds the mark, and the report at Temporal. */
  const close = async (
    place: Place,
    releaseId: string,
    report: ReleaseReport,
    leaveMark = false,
  ): Promise<void> => {
    await store.putDocument(endedKey(place, releaseId, report.endedAtMs), { releaseId, report });
    if (!leaveMark) await store.removeDocument(openKey(place, releaseId));
  };

  const orphan = async (place: Place, releaseId: string): Promise<void> => {
    const key = openKey(place, releaseId);
    const document = await store.getDocument(key);
    if (document === undefined) return;
    await store.putDocument(key, { ...readMark(key, document), orphaned: true } satisfies KeptMark);
  };

  const othersOf = async (place: Place, releaseId: string): Promise<readonly KeptMark[]> =>
    (await keptMarks(store, place)).filter(({ mark }) => mark.releaseId !== releaseId);

  /**
   * Who still runs, and who was broken off; marks that a finished release could not take away go. A success that
   * neither the store nor Temporal knows any more is taken for broken off, and would be undone: that takes a control
   * that could not reach its store for longer than the namespace's retention (a day or more).
   */
  const lookBack = async (place: Place, releaseId: string) => {
    const running: ReleaseMark[] = [];
    const interrupted: ReleaseMark[] = [];
    for (const kept of await othersOf(place, releaseId)) {
      const { mark } = kept;
      if (kept.orphaned) {
        interrupted.push({ ...mark, latest: [] });
        continue;
      }
      if (await reportSince(store, place, mark.releaseId, kept.openedAtMs)) {
        await store.removeDocument(openKey(place, mark.releaseId));
        continue;
      }
      const fate = await fateOf(mark.releaseId);
      if (fate.kind === 'running') running.push(mark);
      else if (fate.kind === 'broken-off')
        interrupted.push(fate.movedLatest ? mark : { ...mark, latest: [] });
      else await close(mark, mark.releaseId, fate.report);
    }
    return { running, interrupted };
  };

  return {
    async takeTurn({ turn, pollIntervalMs, ...place }) {
      await takeTurn(store, place, turn);
      const context = Context.current();
      let detail = '';
      const beat = (): void =>
        context.heartbeat(detail === '' ? {} : { services: { [place.environment]: { phase: detail } } });
      const look = async (): Promise<readonly ReleaseMark[]> => {
        for (;;) {
          const { running, interrupted } = await lookBack(place, turn.releaseId);
          if (running.length === 0) return interrupted;
          const news = `waits for release ${running.map((mark) => workflowIdOf(mark.releaseId)).join(', ')} to end`;
          if (news !== detail) {
            detail = news;
            beat();
          }
          await context.sleep(pollIntervalMs);
        }
      };
      const timeoutMs = context.info.heartbeatTimeoutMs ?? 4 * BEAT_EVERY_MS;
      return whileBeating(beat, look, Math.max(20, Math.min(BEAT_EVERY_MS, timeoutMs / 4)));
    },

    async openRelease(mark) {
      const key = openKey(mark, mark.releaseId);
      // A retry keeps the time of the first.
      if ((await store.getDocument(key)) !== undefined) return;
      await store.putDocument(key, { openedAtMs: Date.now(), mark } satisfies KeptMark);
    },

    async closeRelease({ releaseId, leaveMark, report, ...place }) {
      if (leaveMark) await orphan(place, releaseId);
      await close(place, releaseId, report, leaveMark);
      for (const other of report.repaired) await store.removeDocument(openKey(place, other.releaseId));
    },
  };
}

function readMark(key: string, document: unknown): KeptMark {
  const { openedAtMs, mark, orphaned } = (document ?? {}) as Partial<KeptMark>;
  if (typeof openedAtMs === 'number' && typeof mark?.releaseId === 'string' && Array.isArray(mark.waves)) {
    return { openedAtMs, mark, ...(orphaned ? { orphaned } : {}) };
  }
  throw new SlipwayError('StoreDamaged', false, `document ${key} in the store is not the mark of a release`, {
    advice: 'look at the services of this environment in ECS, put them right, then remove the document',
  });
}
