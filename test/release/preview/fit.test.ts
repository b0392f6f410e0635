/** What is carried through Temporal has a limit, and says what it leaves out. */
import { describe, expect, it } from '@jest/globals';
import { bytesOf, clip, fitSight, head } from '../../../src/release/preview/fit.ts';
import { serviceSight, sightOf } from './facts.ts';

describe('fitting', () => {
  it('leaves alone what is short', () => {
    const sight = sightOf({ warnings: ['one'] });
    expect(fitSight(sight)).toEqual(sight);
  });

  it('says less of each before it leaves out any', () => {
    const services = Array.from({ length: 100 }, (_, index) =>
      serviceSight(`s${index}`, {
        changes: Array.from({ length: 30 }, (_line, nth) => `cpu ${nth} → ${nth + 1}`),
      }),
    );
    const fitted = fitSight(sightOf({ services }));
    expect(fitted.services).toHaveLength(100);
    expect(fitted.moreServices).toBe(0);
    const [first] = fitted.services;
    expect(first?.changes?.at(-1)).toBe(`and ${30 - ((first?.changes?.length ?? 0) - 1)} more`);
    expect(bytesOf(fitted)).toBeLessThanOrEqual(60 * 1024);
  });

  it('counts as often as it is done', () => {
    const services = Array.from({ length: 400 }, (_, index) => serviceSight(`s${index}`));
    const once = fitSight(sightOf({ services }), 20_000);
    const twice = fitSight(once, 5_000);
    expect(twice.services.length).toBeLessThan(once.services.length);
    expect(twice.services.length + twice.moreServices).toBe(400);
  });

  it.each([
    ['', 2],
    ['a', 3],
    ['ä', 4],
    ['界', 5],
    ['🚀', 6],
    ['"', 4],
    ['\ud800', 8],
  ])('counts the bytes of %j as they are sent', (text, bytes) => {
    expect(bytesOf(text)).toBe(bytes);
    expect(bytesOf(text)).toBe(Buffer.byteLength(JSON.stringify(text)));
  });

  it.each([
    [['a', 'b'], 2, ['a', 'b']],
    [['a', 'b', 'c'], 2, ['a', 'b', 'and 1 more']],
    [['a', 'b'], 0, ['and 2 more']],
    [['a', 'b', 'and 3 more'], 2, ['a', 'b', 'and 3 more']],
    [['a', 'b', 'and 3 more'], 1, ['a', 'and 4 more']],
    [[], 0, []],
  ])('%j of at most %d is %j', (lines, most, expected) => {
    expect(head(lines, most)).toEqual(expected);
  });

  it('marks what it cuts', () => {
    expect([clip('abc', 3), clip('abcd', 3)]).toEqual(['abc', 'ab…']);
  });
});
