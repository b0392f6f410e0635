/**
 * Some calls at a time, and one that is throttled asked again: AWS's rates are low (20 task definitions a second),
 * and Temporal can only repeat a whole activity, which would ask for everything anew.
 */
import { isCancelled } from '../aws/abortable.ts';
import { SlipwayError } from '../errors.ts';

/** Far below the bursts that ECS and ECR allow, so that other clients of the account have room, too. */
export const CALLS_AT_ONCE = 5;

/** Answers in the order of the items. The first error ends it: no further item is begun. */
export const inParallel = async <T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> => {
  const answers: R[] = [];
  const todo = items.entries();
  let failed = false;
  const lane = async (): Promise<void> => {
    for (const [index, item] of todo) {
      if (failed) return;
      try {
        answers[index] = await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
  return answers;
};

/** After the SDK's own tries; 15.5 s in all, in which a bucket of ECS fills with 300 calls. */
const PAUSES_MS = [500, 1_000, 2_000, 4_000, 8_000] as const;

/** May pass: of a call that only reads, the answer may be asked for again. */
export const isPassing = (error: unknown): error is SlipwayError =>
  error instanceof SlipwayError && error.retryable && !isCancelled(error);

/** Asks again after a growing pause where the error may pass; throws the last one. */
export const patiently = async <T>(
  sleep: (durationMs: number) => Promise<void>,
  call: () => Promise<T>,
): Promise<T> => {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await call();
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
    await sleep(pauseMs);
  }
  return call();
};

/** The same port, each call of it made patiently. For ports that are only read: a change must not be made twice. */
export const patientReads = <P extends object>(port: P, sleep: (durationMs: number) => Promise<void>): P =>
  new Proxy(port, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== 'function') return member;
      return (...values: readonly unknown[]) => patiently(sleep, () => member.apply(target, values));
    },
  });
