/** A bar with its numbers beside it: `████████░░░░  4/7 steps`. */
import type { PendingActivity } from '../../../client/watch-release.ts';
import { isFields } from '../../../release/fields.ts';

export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  readonly current: string;
  readonly bytes: { readonly done: number; readonly total: number } | null;
}

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0;

/** As an activity tells it in its heartbeat, which may be of another version: only what can be drawn is taken. */
export const progressIn = ({ heartbeat }: PendingActivity): Progress | undefined => {
  const measured = isFields(heartbeat) ? heartbeat.measured : undefined;
  if (!isFields(measured) || !isCount(measured.done) || !isCount(measured.total)) return undefined;
  if (measured.total === 0 || measured.done > measured.total) return undefined;
  const { bytes } = measured;
  const moved = isFields(bytes) && isCount(bytes.done) && isCount(bytes.total) && bytes.total > 0;
  return {
    done: measured.done,
    total: measured.total,
    unit: typeof measured.unit === 'string' ? measured.unit : '',
    current: typeof measured.current === 'string' ? measured.current : '',
    bytes: moved ? { done: Number(bytes.done), total: Number(bytes.total) } : null,
  };
};

export const barOf = ({ done, total, unit }: Progress, cells: number): string => {
  const full = Math.floor((done / total) * cells);
  return `${'█'.repeat(full)}${'░'.repeat(cells - full)} ${done}/${total} ${unit}`.trimEnd();
};

export const bytesText = ({ bytes }: Progress): string =>
  bytes === null ? '' : `${megabytes(bytes.done)} of ${megabytes(bytes.total)}`;

const megabytes = (bytes: number): string =>
  bytes < 1_000_000 ? `${Math.ceil(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
