/**
 * Follows the log of a step from page to page until the step has ended. Whether it has is seen by `describe()`, which
 * costs Temporal nothing; the page that is waited for at that moment is taken back, and the rest is read.
 */
import { MOST_WAITED_MS, settleMs } from '../../release/logs/log-pace.ts';
import type { StepLogPage, StepLogQuestion, StepLogStart } from '../../release/logs/log-question.ts';
import { type Patience, patiently } from './log-patience.ts';

export interface StepLook {
  readonly state: 'waiting' | 'running' | 'over';
  /** How it ended, or what it waits for; one line. */
  readonly text: string;
  /** Of a running one: another attempt than the first, and why; null: the first. */
  readonly retry: string | null;
}

export type PageWish = Pick<StepLogQuestion, 'from' | 'waitMs' | 'settleMs' | 'isFinal'>;

export interface StepLogPorts extends Patience {
  readonly page: (wish: PageWish, signal: AbortSignal) => Promise<StepLogPage>;
  readonly look: () => Promise<StepLook>;
  readonly show: (page: StepLogPage) => void;
}

const LOOK_EVERY_MS = 1_000;

/** All that is there, without waiting for more. Returns the last page. */
export async function readStepLog(
  ports: Pick<StepLogPorts, 'page' | 'show'>,
  from: StepLogStart,
  isFinal: boolean,
  stop: AbortSignal,
): Promise<StepLogPage> {
  let page = await ports.page({ from, waitMs: 0, settleMs: 0, isFinal }, stop);
  ports.show(page);
  while (page.more && !stop.aborted) {
    page = await ports.page({ from: { offset: page.nextOffset }, waitMs: 0, settleMs: 0, isFinal }, stop);
    ports.show(page);
  }
  return page;
}

/** Resolves when the step is over, or `stop` has come. */
export async function followStepLog(
  ports: StepLogPorts,
  first: StepLogStart,
  stop: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const watching = watchStep(ports, over, stop);
  try {
    let from = first;
    let pages = 0;
    let isFirst = true;
    while (!stop.aborted) {
      const isFinal = over.signal.aborted;
      const waits = isFinal || isFirst ? 0 : MOST_WAITED_MS;
      const wish = { from, waitMs: waits, settleMs: settleMs(pages + 1), isFinal };
      const signal = isFinal ? stop : AbortSignal.any([stop, over.signal]);
      let page: StepLogPage;
      try {
        page = await patiently(ports, signal, () => ports.page(wish, signal));
      } catch (error) {
        if (stop.aborted) return;
        if (!isFinal && over.signal.aborted) continue;
        throw error;
      }
      isFirst = false;
      if (page.lines.length > 0) pages += 1;
      ports.show(page);
      // One that is not there yet is asked for as before: its last lines, when it comes.
      if (page.isThere) from = { offset: page.nextOffset };
      if (isFinal && !page.more) return;
    }
  } finally {
    over.abort();
    await watching;
  }
}

/** Says what happens to the step; ends `over` when it has ended. Trouble with a look is the next look's business. */
async function watchStep(ports: StepLogPorts, over: AbortController, stop: AbortSignal): Promise<void> {
  const signal = AbortSignal.any([stop, over.signal]);
  let said: string | null = null;
  while (!signal.aborted) {
    const look = await ports.look().catch(() => undefined);
    const news = look?.state === 'waiting' ? look.text : (look?.retry ?? null);
    if (news !== null && news !== said && !signal.aborted) ports.note(news);
    said = news ?? said;
    if (look?.state === 'over') break;
    await ports.sleep(LOOK_EVERY_MS, signal);
  }
  over.abort();
}
