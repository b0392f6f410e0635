/**
 * The routes. A delivery is checked from the outside in: method, path and type; size and time; the signature; and only
 * then is anything of it read.
 */
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { type Answer, refusal } from './answers.ts';
import type { Limits } from './limits.ts';
import { BodyBudget, readBody } from './read-body.ts';
import { bounded, reasonOf } from './server-log.ts';
import { isSigned } from './signature.ts';
import { type DeliveryPorts, takeDelivery } from './take-delivery.ts';
import type { TemporalGate } from './temporal-gate.ts';

export interface AppPorts extends DeliveryPorts {
  readonly secrets: readonly Buffer[];
  readonly limits: Limits;
  readonly gate: Pick<TemporalGate, 'start' | 'startChecks' | 'retentionMs' | 'isReachable'>;
}

type Bindings = { Bindings: HttpBindings };

export const WEBHOOK_PATH = '/webhooks/github';

const EVENT = /^[a-z0-9_]{1,64}$/;
const DELIVERY = /^[0-9A-Za-z-]{1,64}$/;

export function createApp(ports: AppPorts): Hono<Bindings> {
  const { gate, limits, log } = ports;
  const budget = new BodyBudget(limits.bodiesBytes);
  let requests = 0;

  const app = new Hono<Bindings>();
  app.get('/healthz', (c) => c.json({ status: 'up' }));
  app.get('/readyz', async (c) =>
    (await gate.isReachable())
      ? c.json({ status: 'ready' })
      : c.json({ status: 'Temporal does not answer' }, 503),
  );
  app.post(WEBHOOK_PATH, async (c) => {
    const startedAtMs = ports.now();
    requests += 1;
    const about = { delivery: deliveryOf(c), event: eventOf(c) ?? 'unknown' };
    try {
      const answer =
        requests > limits.requests ? refusal(503, 'too many at a time') : await receive(ports, budget, c);
      const level = answer.status < 400 ? 'info' : 'warn';
      log[level]({ ...about, status: answer.status, ...answer.body, ms: ports.now() - startedAtMs });
      return respond(c, answer);
    } finally {
      requests -= 1;
    }
  });
  app.all(WEBHOOK_PATH, (c) => {
    c.header('Allow', 'POST');
    return c.json({ error: 'POST only' }, 405);
  });
  app.notFound((c) => c.json({ error: 'there is nothing here' }, 404));
  app.onError((error, c) => {
    log.error({ cause: reasonOf(error) }, 'a request could not be answered');
    return c.json({ error: 'internal error' }, 500);
  });
  return app;
}

async function receive(ports: AppPorts, budget: BodyBudget, c: Context<Bindings>): Promise<Answer> {
  const { limits, secrets } = ports;
  if (!isPlainJson(c)) return refusal(415, 'application/json only: the content type of the webhook');
  const reading = await readBody(c.env.incoming, limits, budget);
  try {
    switch (reading.kind) {
      case 'too-large':
        return refusal(413, `more than ${limits.bodyBytes} bytes`);
      case 'too-slow':
        return refusal(408, `the body took more than ${limits.bodyMs} ms`);
      case 'too-many':
        return refusal(503, 'too much at a time');
      case 'broken-off':
        return refusal(400, 'the body has broken off');
      case 'read':
        break;
    }
    const signature = c.req.header('x-hub-signature-256');
    // The same words for a wrong one and for none.
    if (!isSigned(reading.body, signature, secrets)) return refusal(401, 'the signature is wrong');
    const event = eventOf(c);
    if (event === undefined) return refusal(400, 'X-GitHub-Event is missing or not a name');
    return await takeDelivery(ports, { id: deliveryOf(c), event, body: reading.body });
  } finally {
    reading.release();
  }
}

const isPlainJson = (c: Context<Bindings>): boolean =>
  /^application\/json\s*(?:;|$)/i.test(c.req.header('content-type') ?? '') &&
  c.req.header('content-encoding') === undefined;

const eventOf = (c: Context<Bindings>): string | undefined =>
  EVENT.exec(c.req.header('x-github-event') ?? '')?.[0];

/** Anybody can send it: for the log alone. */
const deliveryOf = (c: Context<Bindings>): string =>
  DELIVERY.exec(c.req.header('x-github-delivery') ?? '')?.[0] ?? bounded('none');

function respond(c: Context<Bindings>, { status, body }: Answer): Response {
  if (status === 503) c.header('Retry-After', '30');
  // Whoever is slow, or sends too much, is not waited for any longer.
  if (status === 408) c.header('Connection', 'close');
  return c.json(body, status);
}
