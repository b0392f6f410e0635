/** Invariants 4 and 6: people are obeyed, and each of their words is kept once. */
import { acceptedMessages, forwardSteps, type Invariant } from './facts.ts';

/** A worker needs a moment until it hears of a stop; what has begun by then may go on. */
const HEARD_WITHIN_MS = 3_000;

export const heldMeansHeld: Invariant = (record) => {
  const complaints: string[] = [];
  const forward = forwardSteps(record);
  const begun = (activityId: string, afterMs: number): boolean =>
    record.attempts.some((attempt) => attempt.activityId === activityId && attempt.atMs > afterMs);
  for (const stop of acceptedMessages(record, ['rollback', 'abort', 'deny', 'cancel'])) {
    for (const step of forward) {
      if (step.decidedAfter > stop.eventId) {
        complaints.push(`${step.activity} was decided upon after ${stop.name} (event ${stop.eventId})`);
      } else if (begun(step.activityId, stop.atMs + HEARD_WITHIN_MS)) {
        complaints.push(`${step.activity} was begun long after ${stop.name} (event ${stop.eventId})`);
      }
    }
  }
  const pauses = acceptedMessages(record, ['pause']);
  const ends = [...acceptedMessages(record, ['resume']), ...pauses];
  for (const pause of pauses) {
    // One with a time ends by itself: when, the order of events does not tell.
    if ((pause.note as { readonly forMs?: number }).forMs !== undefined) continue;
    const end = Math.min(
      Number.POSITIVE_INFINITY,
      ...ends.map(({ eventId }) => eventId).filter((eventId) => eventId > pause.eventId),
    );
    for (const { activity, decidedAfter } of forward) {
      if (decidedAfter > pause.eventId && decidedAfter < end) {
        complaints.push(`${activity} was decided upon while paused (event ${pause.eventId})`);
      }
    }
  }
  return complaints;
};

export const eachMessageOnce: Invariant = ({ history, report, sent }) => {
  if (!report) return [];
  const complaints: string[] = [];
  const received = new Set(
    history.received
      .filter(({ kind }) => kind !== 'cancel')
      .map(({ note }) => ((note ?? {}) as { readonly id?: string }).id ?? ''),
  );
  for (const id of received) {
    const count = report.operators.filter(({ reason }) => reason === id).length;
    if (count !== 1) complaints.push(`${id} is recorded ${count} times`);
  }
  for (const { reason } of report.operators) {
    if (!received.has(reason)) complaints.push(`${reason} is recorded, but was never received`);
  }
  for (const { message, id, taken } of sent) {
    if (message.action === 'cancel') continue;
    if (message.via === 'signal' && taken > 0 && !received.has(id)) complaints.push(`${id} is lost`);
  }
  return complaints;
};
