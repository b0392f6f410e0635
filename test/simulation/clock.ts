/**
 * The activities' clock: it runs faster than the real one, so that ECS's seconds of grace and a plan's minutes
 * pass in moments. Temporal and the simulated containers keep real time; what ECS answers is translated.
 */
import { setTimeout } from 'node:timers/promises';
import { types } from 'node:util';

/** Simulated milliseconds in a real one. */
export const SPEED = 10;

const startedAtMs = Date.now();

export const toSimulated = (realMs: number): number => startedAtMs + (realMs - startedAtMs) * SPEED;
export const toReal = (simulatedMs: number): number => startedAtMs + (simulatedMs - startedAtMs) / SPEED;
export const now = (): number => toSimulated(Date.now());

/** Not cancelled with its activity. */
export const sleepOn = (simulatedMs: number): Promise<void> => setTimeout(simulatedMs / SPEED);

/** A copy of an answer or a question of the SDK in which every Date is what the other clock reads. */
export const translateDates = <T>(value: T, translate: (ms: number) => number): T => {
  // A clone of another realm (jest's) is no `instanceof Date`.
  if (types.isDate(value)) return new Date(translate(value.getTime())) as T;
  if (Array.isArray(value)) return value.map((item) => translateDates(item, translate)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, translateDates(member, translate)]),
  ) as T;
};
