/** The ring of tags that protect images: moved, never removed. */
import { describe, expect, it } from '@jest/globals';
import { allKeepTags, keepTag, keepTagMoves, slotsFor } from '../../../src/release/images/keep-tags.ts';
import { randomFrom } from '../../random.ts';

const tag = (slot: number): string => keepTag('production', slot);

/** Tags by slot → image, as they are and as they will be. */
const moved = (slots: number, wanted: readonly string[], found: Readonly<Record<number, string>>) => {
  const tags = new Map(Object.entries(found).map(([slot, digest]) => [tag(Number(slot)), digest]));
  const moves = keepTagMoves('production', slots, wanted, tags);
  for (const move of moves) tags.set(move.tag, move.digest);
  return {
    moves: moves.length,
    tags: Object.fromEntries([...tags].map(([name, digest]) => [slotOf(name), digest])),
  };
};

const slotOf = (name: string): number => Number(name.split('-').at(-1));

describe('tags that protect images', () => {
  it('are given to this release and to those before it that have none', () => {
    expect(moved(4, ['c', 'b', 'a'], {})).toEqual({ moves: 3, tags: { 0: 'c', 1: 'b', 2: 'a' } });
  });

  it('stay where they are, and a free one is taken before one of another image', () => {
    expect(moved(4, ['d', 'c', 'b'], { 0: 'c', 1: 'x', 2: 'b' })).toEqual({
      moves: 1,
      tags: { 0: 'c', 1: 'x', 2: 'b', 3: 'd' },
    });
  });

  it('of an image that nobody goes back to any more goes to the new one', () => {
    expect(moved(3, ['d', 'c', 'b'], { 0: 'a', 1: 'b', 2: 'c' })).toEqual({
      moves: 1,
      tags: { 0: 'd', 1: 'b', 2: 'c' },
    });
  });

  it('are right already when the same is asked again, as by a retry', () => {
    expect(moved(3, ['c', 'b', 'a'], { 0: 'b', 1: 'c', 2: 'a' }).moves).toBe(0);
  });

  it('of which one image has two give one of them away', () => {
    expect(moved(2, ['b', 'a'], { 0: 'a', 1: 'a' })).toEqual({ moves: 1, tags: { 0: 'a', 1: 'b' } });
  });

  it('are one for an image that two releases share', () => {
    expect(moved(3, ['a', 'a', 'b'], {})).toEqual({ moves: 2, tags: { 0: 'a', 1: 'b' } });
  });

  it('that are too many, as more were kept before, hold nothing old back', () => {
    expect(moved(2, ['e', 'd'], { 0: 'd', 1: 'c', 2: 'b', 5: 'a' })).toEqual({
      moves: 3,
      tags: { 0: 'd', 1: 'e', 2: 'e', 5: 'e' },
    });
  });

  it('are as many as the ring has, though more are wanted: the first ones count', () => {
    expect(moved(2, ['c', 'b', 'a'], {}).tags).toEqual({ 0: 'c', 1: 'b' });
  });

  it('are tags that ECR takes, few enough for one question', () => {
    const tags = allKeepTags('e'.repeat(63));
    expect(tags.length).toBeLessThanOrEqual(100);
    for (const name of tags) expect(name).toMatch(/^[a-zA-Z0-9][\w.-]{0,127}$/);
  });

  it.each([1, 2, 3, 4, 5])('protect the last good ones through a random year (seed %i)', (seed) => {
    const random = randomFrom(seed);
    const tags = new Map<string, string>();
    const good: string[] = [];
    for (let number = 1; number <= 200; number += 1) {
      const kept = 1 + Math.floor(random() * 8);
      // A rollback brings an image of before again.
      const back = good[Math.floor(random() * good.length)];
      const own = random() < 0.2 && back !== undefined ? back : `image ${number}`;
      const slots = slotsFor(kept);
      const wanted = [own, ...good.filter((image) => image !== own)].slice(0, slots);
      // A release whose tags could not be moved.
      if (random() < 0.8) {
        for (const move of keepTagMoves('production', slots, wanted, tags)) tags.set(move.tag, move.digest);
        const held = new Set(tags.values());
        for (const image of wanted) expect(held).toContain(image);
        expect(held.size).toBeLessThanOrEqual(slots);
      }
      good.unshift(own);
      good.splice(0, good.length, ...new Set(good));
    }
  });
});
