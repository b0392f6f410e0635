/**
 * What `buildx --progress=rawjson` prints: one BuildKit `SolveStatus` a line, whatever of it has changed
 * (moby/buildkit, client/graph.go). Of another version's lines only what fits is read.
 */
import { type Fields, isFields } from '../release/fields.ts';

export interface Vertex {
  readonly digest: string;
  readonly name: string;
  readonly startedAtMs: number | null;
  readonly completedAtMs: number | null;
  readonly cached: boolean;
  readonly error: string;
}

/** Something that a vertex does: a transfer, a layer that is fetched. Bytes, where `total` is not 0. */
export interface VertexStatus {
  readonly id: string;
  readonly vertex: string;
  readonly current: number;
  readonly total: number;
  readonly atMs: number;
  readonly startedAtMs: number | null;
  readonly completed: boolean;
}

export interface VertexLog {
  readonly vertex: string;
  readonly data: Buffer;
  readonly atMs: number;
}

export interface SolveStatus {
  readonly vertexes: readonly Vertex[];
  readonly statuses: readonly VertexStatus[];
  readonly logs: readonly VertexLog[];
  /** The builder's advice about the Dockerfile, one line each. */
  readonly warnings: readonly string[];
}

/** Undefined: the line is none of these (what buildx itself has to say, above all its last error). */
export const parseSolveStatus = (line: string): SolveStatus | undefined => {
  const value = parseJson(line);
  if (!isFields(value)) return undefined;
  const isOne = ['vertexes', 'statuses', 'logs', 'warnings'].some((key) => Array.isArray(value[key]));
  if (!isOne) return undefined;
  return {
    vertexes: listOf(value.vertexes, toVertex),
    statuses: listOf(value.statuses, toStatus),
    logs: listOf(value.logs, toLog),
    warnings: listOf(value.warnings, toWarning),
  };
};

const parseJson = (line: string): unknown => {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};

const listOf = <T>(value: unknown, read: (fields: Fields) => T): readonly T[] =>
  Array.isArray(value) ? value.filter(isFields).map(read) : [];

const toVertex = (fields: Fields): Vertex => ({
  digest: text(fields.digest),
  name: text(fields.name),
  startedAtMs: time(fields.started),
  completedAtMs: time(fields.completed),
  cached: fields.cached === true,
  error: text(fields.error),
});

const toStatus = (fields: Fields): VertexStatus => ({
  id: text(fields.id),
  vertex: text(fields.vertex),
  current: count(fields.current),
  total: count(fields.total),
  atMs: time(fields.timestamp) ?? 0,
  startedAtMs: time(fields.started),
  completed: time(fields.completed) !== null,
});

/** Go writes bytes as base64. */
const toLog = (fields: Fields): VertexLog => ({
  vertex: text(fields.vertex),
  data: Buffer.from(text(fields.data), 'base64'),
  atMs: time(fields.timestamp) ?? 0,
});

const toWarning = (fields: Fields): string => Buffer.from(text(fields.short), 'base64').toString('utf8');

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const count = (value: unknown): number => (typeof value === 'number' && value > 0 ? value : 0);

const time = (value: unknown): number | null => {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
};
