/**
 * A delivery whose signature is right → what it starts, and the answer. Nothing is started twice: not by a duplicate, a
 * redelivery or a replay (docs/webhook.md).
 */
import type { OnceStarted } from '../client/start-once.ts';
import { type Answer, ignoredAs, refusal } from './answers.ts';
import type { ServeConfiguration } from './configuration.ts';
import { decide } from './decide.ts';
import type { Decision, WantedChecks, WantedRelease } from './decision.ts';
import { inTime } from './in-time.ts';
import type { Limits } from './limits.ts';
import { reasonOf, type ServerLog } from './server-log.ts';
import type { TemporalGate } from './temporal-gate.ts';

const HOUR_MS = 3_600_000;

export interface DeliveryPorts {
  readonly configuration: ServeConfiguration;
  readonly gate: Pick<TemporalGate, 'start' | 'startChecks' | 'retentionMs'>;
  readonly limits: Pick<Limits, 'answerMs'>;
  readonly log: ServerLog;
  readonly now: () => number;
}

export interface Delivery {
  readonly id: string;
  readonly event: string;
  readonly body: Buffer;
}

export async function takeDelivery(ports: DeliveryPorts, delivery: Delivery): Promise<Answer> {
  const { configuration, limits, log, now } = ports;
  const untilMs = now() + limits.answerMs;
  const payload = parse(delivery.body);
  if (payload === undefined) return refusal(400, 'the body is not JSON in UTF-8');
  if (delivery.event === 'ping') return { status: 200, body: { decision: 'pong' } };
  const decision = decide(delivery.event, payload, configuration);
  if (decision.kind === 'malformed') return refusal(400, decision.reason);
  if (decision.kind === 'ignored') return ignoredAs(decision.reason);
  try {
    // What goes on after that is found by the next delivery.
    return await inTime(startAll(ports, decision, untilMs), limits.answerMs);
  } catch (error) {
    log.error({ delivery: delivery.id, event: delivery.event, cause: reasonOf(error) }, 'Temporal is away');
    return refusal(503, 'Temporal does not answer: deliver this again later');
  }
}

async function startAll(
  { configuration, gate, now }: DeliveryPorts,
  decision: Extract<Decision, { kind: 'start' | 'check' }>,
  untilMs: number,
): Promise<Answer> {
  // What Temporal has forgotten it would start again.
  const oldestMs = Math.min(configuration.maximumAge, await gate.retentionMs());
  if (now() - decision.atMs > oldestMs) {
    return ignoredAs(`it happened more than ${hours(oldestMs)} ago`);
  }
  if (decision.kind === 'check') {
    const { checks, atMs } = decision;
    return answerToChecks(checks, await gate.startChecks(checks, atMs, untilMs));
  }
  const { releases } = decision;
  const starting = releases.map(async (wanted) => ({ wanted, once: await gate.start(wanted, untilMs) }));
  return answerTo(await Promise.all(starting));
}

const hours = (ms: number): string =>
  ms < 2 * HOUR_MS ? `${Math.round(ms / 60_000)} minutes` : `${Math.round(ms / HOUR_MS)} hours`;

function answerTo(
  started: readonly { readonly wanted: WantedRelease; readonly once: OnceStarted }[],
): Answer {
  const alive = started.filter(({ once }) => once.state !== 'ended');
  if (alive.length === 0) {
    const ids = started.map(({ once }) => once.workflowId).join(', ');
    return ignoredAs(`this commit was released before: ${ids}`);
  }
  const releases = alive.map(({ wanted: { app, environment }, once: { workflowId, state } }) => ({
    app,
    environment,
    workflowId,
    attached: state === 'running',
  }));
  return { status: 202, body: { decision: 'started', releases } };
}

function answerToChecks({ app, pullRequest }: WantedChecks, { workflowId, state }: OnceStarted): Answer {
  if (state === 'ended') return ignoredAs(`this commit was checked before: ${workflowId}`);
  const checks = [{ app, pullRequest, workflowId, attached: state === 'running' }];
  return { status: 202, body: { decision: 'started', checks } };
}

/** What is no UTF-8 is refused, instead of being read as something that nobody has written. */
function parse(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as unknown;
  } catch {
    return undefined;
  }
}
