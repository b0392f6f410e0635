/**
 * The logs of a release's steps out of the store: page by page, also while the step still writes. A page waits for
 * its first line here, beside the store, so that Temporal has nothing to do meanwhile.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { SlipwayError } from '../errors.ts';
import { jsonBytes } from '../release/logs/log-merge.ts';
import { boundedWaitMs } from '../release/logs/log-pace.ts';
import {
  type LogOwner,
  type NamedStepLog,
  PAGE_BYTES,
  type StepLogPage,
  type StepLogQuestion,
} from '../release/logs/log-question.ts';
import { checkKey, logFolder, logKey } from '../store/keys.ts';
import { shownLine } from '../store/log-line.ts';
import type { Store } from '../store/store.ts';
import type { StepLogActivities } from './contracts/logs.ts';
import { inParallel } from './in-parallel.ts';

/** A look at a file that others write, perhaps over the network. */
const LOOK_EVERY_MS = 250;
/** Of lines that show little (progress bars): a page need not be full. */
const MOST_CHUNKS = 16;
/** The releases of this worker need files, too. */
const FILES_AT_ONCE = 20;

export const createReadStepLogs = (store: Store): StepLogActivities => ({
  async listStepLogs({ steps, ...owner }) {
    const logs = await inParallel(steps, FILES_AT_ONCE, async (named) => ({
      step: named.step,
      bytes: (await find(store, owner, named))?.bytes ?? null,
    }));
    return { kind: 'steps', logs };
  },

  async readStepLog(question) {
    const deadline = Date.now() + boundedWaitMs(question.waitMs);
    const first = await readFrom(store, question);
    const isNews = ({ lines, startedOver }: StepLogPage): boolean => lines.length > 0 || startedOver;
    let page = first;
    while (!isNews(page) && Date.now() < deadline) {
      await rest(Math.min(LOOK_EVERY_MS, deadline - Date.now()));
      page = await readOn(store, question, page);
    }
    const settleMs = boundedWaitMs(question.settleMs);
    // Who waited for the first line gets those that come right behind it, too: fewer pages for a log that grows.
    if (question.waitMs > 0 && isNews(page) && !page.more && settleMs > 0) {
      await rest(settleMs);
      page = withMore(page, await readOn(store, question, page));
    }
    return page;
  },
});

const readFrom = async (store: Store, question: StepLogQuestion): Promise<StepLogPage> => {
  const found = await find(store, question, question);
  const { from, isFinal } = question;
  if (found === undefined) return nothing('offset' in from ? from.offset : 0);
  if ('offset' in from) return readPage(store, found.key, Math.max(0, from.offset), isFinal, PAGE_BYTES);
  const start = from.tail === null ? 0 : await store.tailOffset(found.key, from.tail);
  return { ...(await readPage(store, found.key, start, isFinal, PAGE_BYTES)), skippedBytes: start };
};

const readOn = async (store: Store, question: StepLogQuestion, before: StepLogPage): Promise<StepLogPage> => {
  const found = await find(store, question, question);
  const { nextOffset, skippedBytes, lines } = before;
  if (found === undefined) return { ...before, lines: [], isThere: false };
  const left = PAGE_BYTES - jsonBytes(lines);
  return { ...(await readPage(store, found.key, nextOffset, question.isFinal, left)), skippedBytes };
};

const withMore = (page: StepLogPage, next: StepLogPage): StepLogPage =>
  // Another log, or none any more: the next question will find that out.
  next.startedOver || !next.isThere
    ? page
    : { ...next, lines: [...page.lines, ...next.lines], startedOver: page.startedOver };

const nothing = (offset: number): StepLogPage => ({
  kind: 'step',
  isThere: false,
  lines: [],
  nextOffset: offset,
  more: false,
  skippedBytes: 0,
  startedOver: false,
});

const readPage = async (
  store: Store,
  key: string,
  offset: number,
  isFinal: boolean,
  bytes: number,
): Promise<StepLogPage> => {
  const page = { ...nothing(offset), isThere: true };
  const lines: string[] = [];
  let nextOffset = offset;
  let left = bytes;
  for (let chunks = 0; chunks < MOST_CHUNKS; chunks += 1) {
    const chunk = await store.readLogChunk(key, nextOffset, isFinal);
    if (chunk === undefined) return { ...page, isThere: false };
    if (chunk.bytes < nextOffset) {
      return { ...(await readPage(store, key, 0, isFinal, bytes)), startedOver: true };
    }
    for (const line of chunk.lines) {
      const shown = shownLine(line.text);
      left -= jsonBytes(shown) + 1;
      if (left < 0 && lines.length > 0) return { ...page, lines, nextOffset, more: true };
      lines.push(shown);
      nextOffset = line.nextOffset;
    }
    if (chunk.isLast) return { ...page, lines, nextOffset };
  }
  return { ...page, lines, nextOffset, more: true };
};

/** The first of the places that is there. Only what a step of that release has written: the store holds other things, too. */
const find = async (
  store: Store,
  { workflowId, runIds }: LogOwner,
  { step, logKey: announced }: NamedStepLog,
): Promise<{ key: string; bytes: number } | undefined> => {
  const keys = [
    ...(announced === null ? [] : [announced]),
    ...runIds.map((run) => logKey(workflowId, run, step)),
  ];
  for (const key of keys) {
    if (!checkKey(key).startsWith(logFolder(workflowId)) || !key.endsWith('.log')) {
      throw new SlipwayError(
        'InvalidKey',
        false,
        `not the key of a log of ${workflowId}: ${JSON.stringify(key)}`,
      );
    }
    const bytes = await store.logBytes(key);
    if (bytes !== undefined) return { key, bytes };
  }
  return undefined;
};

/** Ends early when the worker shuts down or the question is taken back. */
const rest = async (ms: number): Promise<void> => {
  const context = Context.current();
  await Promise.race([pause(ms), context.cancelled]);
};
