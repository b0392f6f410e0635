/** Choices by chance: the same seed gives the same ones, on every machine. */
import { randomFrom } from '../random.ts';

export class Random {
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly next: () => number;

  constructor(seed: number) {
    // Neighbouring seeds should not begin alike.
    this.next = randomFrom(Math.imul(seed + 1, 0x9e3779b1) | 0);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** A whole number from 0 to limit - 1. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** A whole number, both ends included. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1);
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] as T;
  }
}
