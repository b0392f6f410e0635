/** A receiver on a real socket, with a Temporal that is pretended; and clients, well-behaved and not. */
import { createHmac } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import type { StartRequest } from '../../src/client/index.ts';
import type { OnceStarted } from '../../src/client/start-once.ts';
import { createApp } from '../../src/server/app.ts';
import { parseServeConfiguration } from '../../src/server/configuration.ts';
import type { WantedChecks } from '../../src/server/decision.ts';
import { createHttpServer } from '../../src/server/http-server.ts';
import { LIMITS, type Limits } from '../../src/server/limits.ts';
import { createServerLog } from '../../src/server/server-log.ts';
import type { TemporalGate } from '../../src/server/temporal-gate.ts';
import { REPOSITORY } from './payloads.ts';

export const SECRET = Buffer.from('the-secret-of-these-tests');
export const HOUR_MS = 3_600_000;

/** `repository` and `ref` are those of the payloads. */
export const RULE = {
  repository: REPOSITORY,
  ref: 'refs/heads/main',
  app: 'hello',
  environment: 'production',
};

export interface ReceiverOptions {
  readonly limits?: Partial<Limits>;
  readonly secrets?: readonly Buffer[];
  readonly rules?: readonly object[];
  readonly pullRequests?: readonly object[];
  readonly maximumAge?: string;
  readonly gate?: Partial<TemporalGate>;
}

export interface Receiver {
  readonly port: number;
  readonly url: string;
  /** Workflow ids, in the order in which they were started. */
  readonly started: readonly string[];
  readonly requests: readonly StartRequest[];
  readonly checks: readonly WantedChecks[];
  readonly log: readonly Record<string, unknown>[];
  close(): Promise<void>;
}

export async function startReceiver(options: ReceiverOptions = {}): Promise<Receiver> {
  const limits = { ...LIMITS, ...options.limits };
  const started: string[] = [];
  const requests: StartRequest[] = [];
  const checks: WantedChecks[] = [];
  const log: Record<string, unknown>[] = [];
  const start = async (request: StartRequest): Promise<OnceStarted> => {
    const workflowId = `deploy/${request.app}/${request.environment}/${request.sha}`;
    if (started.includes(workflowId)) return { workflowId, state: 'running' };
    started.push(workflowId);
    requests.push(request);
    return { workflowId, state: 'started' };
  };
  const startChecks = async (wanted: WantedChecks): Promise<OnceStarted> => {
    const workflowId = `checks/${wanted.app}/${wanted.sha}`;
    if (started.includes(workflowId)) return { workflowId, state: 'running' };
    started.push(workflowId);
    checks.push(wanted);
    return { workflowId, state: 'started' };
  };
  const app = createApp({
    configuration: parseServeConfiguration(
      JSON.stringify({
        maximumAge: options.maximumAge ?? '72h',
        deployments: (options.rules ?? [{}]).map((rule) => ({ ...RULE, ...rule })),
        pullRequests: options.pullRequests,
      }),
      'serve.yaml',
    ),
    secrets: options.secrets ?? [SECRET],
    limits,
    gate: {
      start,
      startChecks,
      retentionMs: async () => 72 * HOUR_MS,
      isReachable: async () => true,
      ...options.gate,
    },
    log: createServerLog((line) => log.push(JSON.parse(line) as Record<string, unknown>)),
    now: Date.now,
  });
  const server = createHttpServer(app, limits);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    started,
    requests,
    checks,
    log,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const sign = (body: Buffer | string, secret: Buffer = SECRET): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

export interface Sent {
  readonly event?: string;
  readonly delivery?: string;
  readonly secret?: Buffer;
  readonly headers?: Record<string, string>;
  /** Headers that are left out. */
  readonly without?: readonly string[];
}

/** As GitHub sends it, signed; an object becomes JSON. */
export async function deliver(
  url: string,
  content: object | Buffer | string,
  {
    event = 'push',
    delivery = '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    secret,
    headers,
    without = [],
  }: Sent = {},
): Promise<{ status: number; body: Record<string, unknown>; headers: Headers }> {
  const body = typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content);
  const all = Object.entries({
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/f05835d',
    'x-github-event': event,
    'x-github-delivery': delivery,
    'x-hub-signature-256': sign(body, secret),
    ...headers,
  }).filter(([name]) => !without.includes(name));
  const response = await fetch(`${url}/webhooks/github`, {
    method: 'POST',
    headers: Object.fromEntries(all),
    body: new Uint8Array(Buffer.from(body)),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  return { status: response.status, body: answer, headers: response.headers };
}

/** Writes to a bare socket; resolves with all that came back once the other end has closed it. */
export function speak(
  port: number,
  write: (send: (text: string | Buffer) => void) => Promise<void> | void,
): Promise<{ answer: string; ms: number }> {
  const startedAtMs = Date.now();
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8');
    socket.on('data', (text) => {
      answer += text;
    });
    // The other end may have had enough of it while we still write.
    socket.on('error', () => {});
    socket.on('close', () => resolve({ answer, ms: Date.now() - startedAtMs }));
    socket.on('connect', () => {
      Promise.resolve(write((text) => void (socket.destroyed || socket.write(text)))).catch(reject);
    });
  });
}
