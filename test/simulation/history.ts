/** The facts of a workflow's history that invariants are about. */
import { defaultPayloadConverter } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import { TURN_SIGNAL } from '../../src/release/names.ts';

export type History = temporal.api.history.v1.IHistory;
type Payload = temporal.api.common.v1.IPayload;

export interface Scheduled {
  readonly eventId: number;
  readonly activity: string;
  readonly activityId: string;
  readonly input: unknown;
  /** The event from which on the deciding workflow task did not know what came. */
  readonly decidedAfter: number;
}

export interface Received {
  readonly eventId: number;
  /** Temporal's time. */
  readonly atMs: number;
  readonly kind: 'signal' | 'update' | 'cancel';
  readonly name: string;
  readonly note: unknown;
}

export interface HistoryFacts {
  readonly events: number;
  readonly largestPayloadBytes: number;
  /** All that anybody can read in it. */
  readonly text: string;
  readonly scheduled: readonly Scheduled[];
  readonly received: readonly Received[];
}

export const factsOf = (history: History): HistoryFacts => {
  const events = history.events ?? [];
  const payloads = events.flatMap((event) => payloadsIn(event));
  const startedEvent = new Map<number, number>();
  const scheduled: Scheduled[] = [];
  const received: Received[] = [];
  for (const event of events) {
    const eventId = Number(event.eventId);
    const { workflowTaskCompletedEventAttributes: completed } = event;
    if (completed) startedEvent.set(eventId, Number(completed.startedEventId));
    const { activityTaskScheduledEventAttributes: activity } = event;
    if (activity) {
      scheduled.push({
        eventId,
        activity: activity.activityType?.name ?? '',
        activityId: activity.activityId ?? '',
        input: firstOf(activity.input?.payloads),
        decidedAfter: startedEvent.get(Number(activity.workflowTaskCompletedEventId)) ?? 0,
      });
    }
    const message = receivedIn(event);
    if (message)
      received.push({
        eventId,
        atMs: Number(event.eventTime?.seconds ?? 0) * 1000 + Number(event.eventTime?.nanos ?? 0) / 1e6,
        ...message,
      });
  }
  return {
    events: events.length,
    largestPayloadBytes: Math.max(0, ...payloads.map(({ data }) => data?.length ?? 0)),
    text: payloads.map(({ data }) => (data ? Buffer.from(data).toString('utf8') : '')).join('\n'),
    scheduled,
    received,
  };
};

const receivedIn = (
  event: temporal.api.history.v1.IHistoryEvent,
): Omit<Received, 'atMs' | 'eventId'> | undefined => {
  const { workflowExecutionSignaledEventAttributes: signal } = event;
  // What the environment says is not from people.
  if (signal?.signalName === TURN_SIGNAL) return undefined;
  if (signal) {
    return { kind: 'signal', name: signal.signalName ?? '', note: firstOf(signal.input?.payloads) };
  }
  const update = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input;
  if (update) return { kind: 'update', name: update.name ?? '', note: firstOf(update.args?.payloads) };
  if (event.workflowExecutionCancelRequestedEventAttributes)
    return { kind: 'cancel', name: 'cancel', note: null };
  return undefined;
};

const firstOf = (payloads: readonly Payload[] | null | undefined): unknown => {
  const [first] = payloads ?? [];
  return first ? defaultPayloadConverter.fromPayload(first) : undefined;
};

/** Every payload, however deep: inputs, results, details of failures and heartbeats, memos. */
const payloadsIn = (value: unknown): readonly Payload[] => {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  if (isPayload(value)) return [value];
  return Object.values(value).flatMap(payloadsIn);
};

const isPayload = (value: object): value is Payload =>
  'metadata' in value && 'data' in value && value.data instanceof Uint8Array;
