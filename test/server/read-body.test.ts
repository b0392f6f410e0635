/** What a body costs while it is read, whoever sends it: nobody has looked at its signature yet. */
import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from '@jest/globals';
import { BodyBudget, readBody } from '../../src/server/read-body.ts';

const MB = 1_000_000;
const LIMITS = { bodyBytes: 5 * MB, bodyMs: 60_000 };

const request = (): IncomingMessage => Object.assign(new EventEmitter(), { headers: {} }) as never;

function usedBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

it('a body in chunks of one byte takes no more than its size, and is read rightly', async () => {
  const incoming = request();
  const before = usedBytes();
  const reading = readBody(incoming, LIMITS, new BodyBudget(64 * MB));
  const slab = Buffer.from('abcdefghij');
  for (let index = 0; index < MB; index += 1)
    incoming.emit('data', slab.subarray(index % 10, (index % 10) + 1));
  expect(usedBytes() - before).toBeLessThan(10 * MB);
  incoming.emit('end');
  const { kind, body } = (await reading) as { kind: string; body: Buffer };
  expect({ kind, length: body.length }).toEqual({ kind: 'read', length: MB });
  expect(body.toString()).toBe('abcdefghij'.repeat(MB / 10));
});

it('chunks of any size come to one body', async () => {
  const incoming = request();
  const reading = readBody(incoming, LIMITS, new BodyBudget(64 * MB));
  const whole = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 251));
  for (let from = 0, size = 1; from < whole.length; from += size, size = ((size * 7) % 9_973) + 1)
    incoming.emit('data', whole.subarray(from, Math.min(from + size, whole.length)));
  incoming.emit('end');
  const { body } = (await reading) as { body: Buffer };
  expect(body.equals(whole.subarray(0, body.length))).toBe(true);
  expect(body.length).toBe(whole.length);
});

it('no body at all is an empty one', async () => {
  const incoming = request();
  const reading = readBody(incoming, LIMITS, new BodyBudget(64 * MB));
  incoming.emit('end');
  expect(await reading).toMatchObject({ kind: 'read', body: Buffer.alloc(0) });
});
