/**
 * The store: source archives, plan bodies, step logs and documents that are too big or too lasting for a
 * workflow's history. Workflows carry its hashes and keys only. A folder now; an object store can follow.
 */
import type { Readable } from 'node:stream';
import type { SourceArchive } from '../release/plan.ts';

export interface LogPart {
  readonly text: string;
  /** Byte offset to ask from next; equal to the offset asked for when there is nothing new. */
  readonly nextOffset: number;
}

/** A piece of a log, line by line. */
export interface LogChunk {
  /** Without their ends; `nextOffset` is behind the line. */
  readonly lines: readonly { readonly text: string; readonly nextOffset: number }[];
  /** Of the whole log, at that moment. */
  readonly bytes: number;
  /** Nothing (but a line that is not yet whole) comes behind it. */
  readonly isLast: boolean;
}

export interface Store {
  /** Keeps a gzipped tar under the SHA-256 of its bytes; the same bytes twice are kept once. */
  putArchive(content: Readable): Promise<SourceArchive>;
  /**
   * Copies an archive to `file`, which appears only when its bytes have been verified.
   * Errors: `NotInStore`, `StoreDamaged`.
   */
  fetchArchive(hash: string, file: string): Promise<void>;

  /** Keeps a text under the SHA-256 of its UTF-8 bytes and returns that hash. */
  putText(text: string): Promise<string>;
  /** Errors: `NotInStore`, `StoreDamaged`. */
  getText(hash: string): Promise<string>;

  /** Appends to a log, creating it. */
  appendLog(key: string, text: string): Promise<void>;
  /** The last lines of a log; none if there is no such log. */
  tailLog(key: string, lines: number): Promise<string[]>;
  /** At most 1 MiB of a log from a byte offset on, ending at a whole line where there is one. */
  readLog(key: string, offset: number): Promise<LogPart>;
  /** Undefined if there is no such log. */
  logBytes(key: string): Promise<number | undefined>;
  /** Byte offset at which the last lines of a log begin; 0 if it has no more, or is not there. */
  tailOffset(key: string, lines: number): Promise<number>;
  /**
   * The next lines of a log from a byte offset on, at most 256 KiB of them; undefined if there is no such log.
   * `isFinal`: nobody writes any more, so that a last line without its end is a line, too.
   */
  readLogChunk(key: string, offset: number, isFinal: boolean): Promise<LogChunk | undefined>;

  /** Replaces a JSON document in one step: a reader sees the old or the new one, never a part. */
  putDocument(key: string, value: unknown): Promise<void>;
  /** Takes a document away; one that is not there is no error. */
  removeDocument(key: string): Promise<void>;
  /** Undefined if there is none. */
  getDocument(key: string): Promise<unknown>;
  /** Keys that start with `prefix/`, sorted. */
  listDocuments(prefix: string): Promise<string[]>;
}
