// A service's events: newest first, at most 100; the same text is not repeated within six hours unless it is news.
import { randomUUID } from 'node:crypto';
import type { ServiceRecord } from './model.ts';

const kept = 100;
const quietMs = 6 * 60 * 60 * 1000;

export function addEvent(service: ServiceRecord, message: string, nowMs: number): void {
  const [newest] = service.events;
  const repeatsNewest = newest?.message === message && nowMs - newest.createdAtMs < quietMs;
  if (repeatsNewest) return;
  service.events.unshift({ id: randomUUID(), createdAtMs: nowMs, message });
  service.events.length = Math.min(service.events.length, kept);
}
