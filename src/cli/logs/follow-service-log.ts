/** Follows what the containers of a service write, from page to page; a page carries what the next one has to know. */
import { MOST_WAITED_MS, settleMs } from '../../release/logs/log-pace.ts';
import type { ServiceLogPage, ServiceLogQuestion } from '../../release/logs/log-question.ts';
import { type Patience, patiently } from './log-patience.ts';

export interface ServiceLogPorts extends Patience {
  readonly page: (question: ServiceLogQuestion, signal: AbortSignal) => Promise<ServiceLogPage>;
  readonly show: (page: ServiceLogPage) => void;
  /** Of a migration: its step has ended, or will never begin. Absent: what is followed has no end. */
  readonly isOver?: () => Promise<boolean>;
}

export type ServiceLogWish = Omit<ServiceLogQuestion, 'waitMs' | 'settleMs' | 'cursor'>;

/** Full pages that come one after the other; then a service that writes more than anybody can read waits a little. */
const MOST_IN_A_ROW = 20;
const BREATH_MS = 2_000;

/** What is there at this moment; a service that writes faster than we read does not hold us up for ever. */
export async function readServiceLog(
  ports: Omit<ServiceLogPorts, 'sleep' | 'note'>,
  wish: ServiceLogWish,
  stop: AbortSignal,
): Promise<ServiceLogPage> {
  const untilMs = ports.now();
  let question: ServiceLogQuestion = { ...wish, cursor: null, waitMs: 0, settleMs: 0 };
  for (;;) {
    const page = await ports.page(question, stop);
    ports.show(page);
    const isPresent = (page.lines.at(-1)?.atMs ?? 0) >= untilMs;
    if (!page.more || isPresent || stop.aborted) return page;
    question = { ...question, cursor: page.cursor, releases: [page.release] };
  }
}

/**
 * Resolves when `stop` has come (undefined); of a migration also when its task has stopped and all was read, or when
 * there will be none.
 */
export async function followServiceLog(
  ports: ServiceLogPorts,
  wish: ServiceLogWish,
  stop: AbortSignal,
): Promise<ServiceLogPage | undefined> {
  let question: ServiceLogQuestion = { ...wish, cursor: null, waitMs: 0, settleMs: 0 };
  let pages = 0;
  let inARow = 0;
  while (!stop.aborted) {
    let page: ServiceLogPage;
    try {
      const ask = () => ports.page(question, stop);
      // Before the first page, nobody knows whether it can ever be read.
      page = await (question.cursor === null ? ask() : patiently(ports, stop, ask));
    } catch (error) {
      if (stop.aborted) return undefined;
      throw error;
    }
    if (page.lines.length > 0) pages += 1;
    ports.show(page);
    const isQuiet = page.running === 0 && !page.more;
    if (isQuiet && ports.isOver && (page.cursor.done.length > 0 || (await ports.isOver()))) return page;
    inARow = page.more ? inARow + 1 : 0;
    if (inARow > MOST_IN_A_ROW) await ports.sleep(BREATH_MS, stop);
    const { cursor, release } = page;
    question = {
      ...question,
      cursor,
      releases: [release],
      waitMs: MOST_WAITED_MS,
      settleMs: settleMs(pages + 1),
    };
  }
  return undefined;
}
