/**
 * Follows a build through buildx's raw JSON: how far it is, and the log for people – the same lines as with
 * `--progress=plain`, which this takes the place of.
 */
import { StringDecoder } from 'node:string_decoder';
import { parseSolveStatus, type SolveStatus, type Vertex, type VertexStatus } from './solve-status.ts';

/** Steps of the Dockerfile, and what the step at work has moved, as far as the builder knows. */
export interface BuildProgress {
  readonly done: number;
  readonly total: number;
  /** `[3/4] RUN npm ci`; empty between two steps. */
  readonly current: string;
  readonly bytes?: { readonly done: number; readonly total: number };
}

export interface BuildTrace {
  /** Takes output in any pieces. */
  add(output: string): void;
  /** Says the rest: there may be a last line without an end. */
  end(): void;
  progress(): BuildProgress;
}

interface Known {
  /** In the order in which they begin; 0 before that. */
  index: number;
  vertex: Vertex;
  readonly statuses: Map<string, VertexStatus>;
  readonly decoder: StringDecoder;
  partial: string;
  /** Of the newest line of a transfer that was said. */
  saidAtMs: number;
  /** How it ended is said when something else begins: the builder may take it up again at once. */
  endIsDue: boolean;
}

/** A transfer that takes its time is said again and again. */
const TRANSFER_EVERY_MS = 5_000;
const LONGEST_LINE = 64 * 1024;
const LONGEST_PIECE = 8 * 1024 * 1024;

export function createBuildTrace(say: (text: string) => void): BuildTrace {
  const known = new Map<string, Known>();
  let partial = '';
  let named = 0;

  const knownOf = (digest: string): Known | undefined => known.get(digest);
  const flushEnds = (except?: Known): void => {
    for (const each of known.values()) {
      if (!each.endIsDue || each === except) continue;
      each.endIsDue = false;
      say(`${endOf(each)}\n`);
    }
  };
  const name = (each: Known): void => {
    if (each.index > 0) return;
    named += 1;
    each.index = named;
    say(`\n#${each.index} ${each.vertex.name}\n`);
  };
  const tell = (each: Known, line: string): void => {
    flushEnds(each);
    name(each);
    say(`#${each.index} ${line}\n`);
  };
  const flushLog = (each: Known): void => {
    const rest = each.partial + each.decoder.end();
    each.partial = '';
    if (rest !== '') tell(each, rest);
  };

  const takeVertex = (vertex: Vertex): void => {
    const before = known.get(vertex.digest);
    if (!before) {
      known.set(vertex.digest, {
        index: 0,
        vertex,
        statuses: new Map(),
        decoder: new StringDecoder('utf8'),
        partial: '',
        saidAtMs: 0,
        endIsDue: false,
      });
    } else {
      before.vertex = vertex;
    }
    const each = knownOf(vertex.digest);
    if (!each || (vertex.startedAtMs === null && vertex.completedAtMs === null)) return;
    if (each.index === 0) flushEnds();
    name(each);
    if (vertex.completedAtMs !== null) flushLog(each);
    each.endIsDue = vertex.completedAtMs !== null;
  };
  const takeStatus = (status: VertexStatus): void => {
    const each = knownOf(status.vertex);
    if (!each) return;
    const wasCompleted = each.statuses.get(status.id)?.completed === true;
    each.statuses.set(status.id, status);
    const isDue = status.completed ? !wasCompleted : status.atMs - each.saidAtMs >= TRANSFER_EVERY_MS;
    // The first moment of a transfer says nothing yet, and most are over before there is more.
    const isFirst = each.saidAtMs === 0 && !status.completed;
    if (isFirst || isDue) each.saidAtMs = status.atMs;
    if (isDue && !isFirst) tell(each, transferLine(status));
  };
  const takeLog = ({ vertex, data, atMs }: SolveStatus['logs'][number]): void => {
    const each = knownOf(vertex);
    if (!each) return;
    const lines = (each.partial + each.decoder.write(data)).split('\n');
    each.partial = lines.pop() ?? '';
    const seconds = Math.max(0, atMs - (each.vertex.startedAtMs ?? atMs)) / 1_000;
    // A bar that is drawn anew and anew is one line without an end.
    while (each.partial.length > LONGEST_LINE) {
      lines.push(each.partial.slice(0, LONGEST_LINE));
      each.partial = each.partial.slice(LONGEST_LINE);
    }
    for (const line of lines) tell(each, `${seconds.toFixed(3)} ${line}`);
  };
  const takeLine = (line: string): void => {
    const status = parseSolveStatus(line);
    if (!status) {
      flushEnds();
      say(`${line}\n`);
      return;
    }
    for (const vertex of status.vertexes) takeVertex(vertex);
    for (const each of status.statuses) takeStatus(each);
    for (const log of status.logs) takeLog(log);
    for (const warning of status.warnings) say(`WARN: ${warning}\n`);
  };

  return {
    add(output) {
      const lines = (partial + output).split('\n');
      partial = lines.pop() ?? '';
      for (const line of lines) takeLine(line);
      if (partial.length > LONGEST_PIECE) {
        takeLine(partial);
        partial = '';
      }
    },
    end() {
      if (partial !== '') takeLine(partial);
      partial = '';
      for (const each of known.values()) flushLog(each);
      flushEnds();
    },
    progress: () => progressOf([...known.values()]),
  };
}

const endOf = ({ index, vertex }: Known): string => {
  const { error, cached, startedAtMs, completedAtMs } = vertex;
  if (error.endsWith('context canceled')) return `#${index} CANCELED`;
  if (error !== '') return `#${index} ERROR: ${error}`;
  if (cached) return `#${index} CACHED`;
  const took = startedAtMs === null ? '' : ` ${(((completedAtMs ?? 0) - startedAtMs) / 1_000).toFixed(1)}s`;
  return `#${index} DONE${took}`;
};

const transferLine = ({ id, current, total, startedAtMs, atMs, completed }: VertexStatus): string => {
  const bytes = total > 0 ? ` ${humanBytes(current)} / ${humanBytes(total)}` : '';
  const moved = bytes === '' && current > 0 ? ` ${humanBytes(current)}` : bytes;
  const seconds = startedAtMs === null ? 0 : (atMs - startedAtMs) / 1_000;
  return `${id}${moved}${seconds > 0.01 ? ` ${seconds.toFixed(1)}s` : ''}${completed ? ' done' : ''}`;
};

const humanBytes = (bytes: number): string => {
  if (bytes < 1_000) return `${bytes}B`;
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(2)}kB`;
  return bytes < 1_000_000_000
    ? `${(bytes / 1_000_000).toFixed(2)}MB`
    : `${(bytes / 1_000_000_000).toFixed(2)}GB`;
};

/** `[2/4] COPY …`, `[build 3/9] RUN …`, and the export at the end; not what the builder does for itself. */
const isStep = ({ vertex }: Known): boolean =>
  /^\[(?:[^\]]* )?\d+\/\d+\] /.test(vertex.name) || vertex.name.startsWith('exporting');

const isAtWork = ({ vertex }: Known): boolean => vertex.startedAtMs !== null && vertex.completedAtMs === null;

const progressOf = (all: readonly Known[]): BuildProgress => {
  const steps = all.filter(isStep);
  const atWork = all.findLast((each) => isAtWork(each) && isStep(each)) ?? all.findLast(isAtWork);
  const sized = [...(atWork?.statuses.values() ?? [])].filter(({ total }) => total > 0);
  const sum = (read: (status: VertexStatus) => number): number =>
    sized.reduce((all, each) => all + read(each), 0);
  const bytes = { done: sum(({ current }) => current), total: sum(({ total }) => total) };
  return {
    done: steps.filter(({ vertex }) => vertex.completedAtMs !== null).length,
    total: steps.length,
    current: atWork?.vertex.name ?? '',
    ...(bytes.total > 0 ? { bytes } : {}),
  };
};
