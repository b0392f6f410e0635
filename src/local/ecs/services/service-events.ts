// A service's events: newest first, at most 100. "Duplicate event messages are omitted until either the cause is
// resolved or six hours passes." Source: "Service event messages".

import { randomUUID } from 'node:crypto';
import type { ServiceRecord } from '../model.ts';
import { steady } from '../texts.ts';

const kept = 100;
const quietMs = 6 * 60 * 60 * 1000;

/** No two have the same time: clients that sort by it (ecspresso) would turn them around. Nor have ECS's own: boto3#2845. */
export function addEvent(service: ServiceRecord, message: string, nowMs: number): void {
  if (isRepeated(service, message, nowMs)) return;
  const createdAtMs = Math.max(nowMs, (service.events[0]?.createdAtMs ?? 0) + 1);
  service.events.unshift({ id: randomUUID(), createdAtMs, message });
  service.events.length = Math.min(service.events.length, kept);
}

/** What tells of a lasting cause ("unable to …") is news again after a steady state and in a new deployment. */
function isRepeated(service: ServiceRecord, message: string, nowMs: number): boolean {
  const isSame = (event: ServiceRecord['events'][number]): boolean =>
    event.message === message && nowMs - event.createdAtMs < quietMs;
  if (!message.includes('unable to')) return service.events[0] !== undefined && isSame(service.events[0]);
  const primary = service.deployments.find(({ status }) => status === 'PRIMARY');
  const sinceMs = primary?.rolloutState === 'IN_PROGRESS' ? primary.createdAtMs : 0;
  for (const event of service.events) {
    if (event.createdAtMs < sinceMs || event.message === steady(service.name)) return false;
    if (isSame(event)) return true;
  }
  return false;
}
