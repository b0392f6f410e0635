/**
 * Control's memory of releases: a mark from before the first change until the report is kept, so that one that was
 * terminated in between is found and put right by the next. All of it may be done twice, and by two workers at once.
 */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { SlipwayError } from '../errors.ts';
import type { ReleaseReport } from '../release/verdict.ts';
import { exactSegment } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import type { ControlActivities, ReleaseMark } from './control-contract.ts';
import type { Fate } from './release-fate.ts';
import { BEAT_EVERY_MS, whileBeating } from './while-beating.ts';

export interface MarkPorts {
  readonly store: Store;
  /** What has become of a release, by its id. */
  readonly fateOf: (releaseId: string) => Promise<Fate>;
}

/** Another control worker takes its mark away within milliseconds; a loaded store may need longer. */
const YIELDS_WITHIN_MS = 3_000;
const LOOK_EVERY_MS = 100;

type Place = Pick<ReleaseMark, 'app' | 'environment'>;

/** As kept: when it was opened decides the order in which broken-off releases are put right. */
interface KeptMark {
  readonly openedAtMs: number;
  readonly mark: ReleaseMark;
}

const hashOf = (releaseId: string): string =>
  createHash('sha256').update(releaseId).digest('hex').slice(0, 32);

const folderOf = ({ app, environment }: Place): string =>
  `releases/${exactSegment(app)}/${exactSegment(environment)}`;

const openKey = (place: Place, releaseId: string): string => `${folderOf(place)}/open/${hashOf(releaseId)}`;

/** `…/ended/20261123T201609123Z-<hash>`: sorted by name is sorted by time; a retry writes the same key. */
export const endedKey = (place: Place, releaseId: string, endedAtMs: number): string =>
  `${folderOf(place)}/ended/${timeInKey(endedAtMs)}-${hashOf(releaseId)}`;

const timeInKey = (atMs: number): string => new Date(atMs).toISOString().replaceAll(/[-:.]/g, '');

interface KeptReport {
  readonly releaseId: string;
  readonly report: ReleaseReport;
}

export function createMarkActivities({
  store,
  fateOf,
}: MarkPorts): Pick<ControlActivities, 'findInterrupted' | 'openRelease' | 'closeRelease'> {
  /** The report first: killed in between, the next one finds the mark, and the report at Temporal. */
  const close = async (place: Place, releaseId: string, report: ReleaseReport): Promise<void> => {
    await store.putDocument(endedKey(place, releaseId, report.endedAtMs), { releaseId, report });
    await store.removeDocument(openKey(place, releaseId));
  };

  const othersOf = async (place: Place, releaseId: string): Promise<readonly KeptMark[]> => {
    const kept: KeptMark[] = [];
    for (const key of await store.listDocuments(`${folderOf(place)}/open`)) {
      const document = await store.getDocument(key);
      // Taken away by another worker in the meantime.
      if (document === undefined) continue;
      const found = readMark(key, document);
      if (found.mark.releaseId !== releaseId) kept.push(found);
    }
    return kept.sort((a, b) => a.openedAtMs - b.openedAtMs);
  };

  /**
   * A kept report outlives Temporal's retention. One from before the mark says nothing of it: a reset release goes on
   * under the same id, after its report.
   */
  const hasReported = async (place: Place, { mark, openedAtMs }: KeptMark): Promise<boolean> => {
    const hash = hashOf(mark.releaseId);
    for (const key of await store.listDocuments(`${folderOf(place)}/ended`)) {
      if (!key.endsWith(`-${hash}`)) continue;
      const { report } = ((await store.getDocument(key)) ?? {}) as { report?: Partial<ReleaseReport> };
      if ((report?.endedAtMs ?? 0) >= openedAtMs) return true;
    }
    return false;
  };

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
      if (await hasReported(place, kept)) {
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

  /** One that was started after this one, and has brought its version since. */
  const laterSuccess = async (mark: ReleaseMark): Promise<string | undefined> => {
    const folder = `${folderOf(mark)}/ended`;
    const sinceKey = `${folder}/${timeInKey(mark.startedAtMs)}`;
    for (const key of await store.listDocuments(folder)) {
      if (key < sinceKey) continue;
      const { releaseId, report } = ((await store.getDocument(key)) ?? {}) as Partial<KeptReport>;
      if (releaseId === undefined || report?.verdict !== 'succeeded') continue;
      if (report.startedAtMs > mark.startedAtMs && releaseId !== mark.releaseId)
        return workflowIdOf(releaseId);
    }
    return undefined;
  };

  /** The newer of two gives way; so one that is newer and still there after a moment has begun already. */
  const rivalOf = async (
    mark: ReleaseMark,
    repaired: readonly string[],
  ): Promise<ReleaseMark | undefined> => {
    for (const deadline = Date.now() + YIELDS_WITHIN_MS; ; ) {
      const others = (await othersOf(mark, mark.releaseId))
        .map((kept) => kept.mark)
        .filter(({ releaseId }) => !repaired.includes(releaseId));
      const older = others.find((other) => !isNewer(other, mark));
      if (older || others.length === 0 || Date.now() > deadline) return older ?? others[0];
      await delay(LOOK_EVERY_MS);
    }
  };

  return {
    async findInterrupted({ app, environment, releaseId, pollIntervalMs }) {
      const context = Context.current();
      let detail = '';
      const beat = (): void =>
        context.heartbeat(detail === '' ? {} : { services: { [environment]: { phase: detail } } });
      const look = async (): Promise<readonly ReleaseMark[]> => {
        for (;;) {
          const { running, interrupted } = await lookBack({ app, environment }, releaseId);
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

    async openRelease({ mark, repaired }) {
      const key = openKey(mark, mark.releaseId);
      if ((await store.getDocument(key)) === undefined) {
        const later = await laterSuccess(mark);
        if (later !== undefined) return { kind: 'overtaken', by: later };
        await store.putDocument(key, { openedAtMs: Date.now(), mark } satisfies KeptMark);
      }
      // Written before the look: of two that claim at the same moment, one at least sees the other.
      const rival = await rivalOf(mark, repaired);
      if (rival === undefined) return { kind: 'claimed' };
      await store.removeDocument(key);
      return { kind: 'busy', by: workflowIdOf(rival.releaseId) };
    },

    async closeRelease({ releaseId, app, environment, repaired, report }) {
      const place = { app, environment };
      await close(place, releaseId, report);
      for (const other of repaired) await store.removeDocument(openKey(place, other));
    },
  };
}

const isNewer = (one: ReleaseMark, other: ReleaseMark): boolean =>
  one.startedAtMs === other.startedAtMs
    ? one.releaseId > other.releaseId
    : one.startedAtMs > other.startedAtMs;

const workflowIdOf = (releaseId: string): string => releaseId.slice(0, releaseId.lastIndexOf('/'));

function readMark(key: string, document: unknown): KeptMark {
  const { openedAtMs, mark } = (document ?? {}) as Partial<KeptMark>;
  if (typeof openedAtMs === 'number' && typeof mark?.releaseId === 'string' && Array.isArray(mark.waves)) {
    return { openedAtMs, mark };
  }
  throw new SlipwayError('StoreDamaged', false, `document ${key} in the store is not the mark of a release`, {
    advice: 'look at the services of this environment in ECS, put them right, then remove the document',
  });
}
