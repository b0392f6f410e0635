// An engine that restarts fails no task: what was asked for is asked again, and finds what it had made.
import { setTimeout as delay } from 'node:timers/promises';
import { RuntimeError } from '../ecs/tasks/task-runtime.ts';
import { type Engine, isUnreachable } from './engine.ts';

/** How long work waits for an engine that does not answer, and how often it asks. */
const patienceMs = 60_000;
const retryMs = 500;

export interface Patience {
  readonly closing: AbortSignal;
  readonly patienceMs?: number;
  readonly retryMs?: number;
}

/**
 * One that is going down fails what it has in hand in words of its own ("failed to update store …"), and answers
 * nobody else any more: so a failure is believed only of an engine that still answers.
 */
export async function whenReachable<T>(
  engine: Pick<Engine, 'answers'>,
  work: () => Promise<T>,
  options: Patience,
): Promise<T> {
  const deadline = Date.now() + (options.patienceMs ?? patienceMs);
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const cause = error instanceof RuntimeError ? error.cause : error;
      const isTheEngines = isUnreachable(cause) || !(await engine.answers());
      if (!isTheEngines || Date.now() > deadline || options.closing.aborted) throw error;
      await delay(options.retryMs ?? retryMs);
    }
  }
}
