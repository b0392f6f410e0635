/**
 * Stands between the workers and the AWS endpoint. It can hold a call at the door, lose its answer after the effect,
 * and answer in ECS's stead. Calls are told apart by the operation in `X-Amz-Target`.
 */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Fault {
  /** E.g. `UpdateService`; undefined: every call. */
  readonly operation?: string;
  /** What the request's body must contain. */
  readonly containing?: string;
  /** How many calls are let through before; default none. */
  readonly after?: number;
  /** How many calls it is for; default one. */
  readonly times?: number;
  readonly act: FaultAct;
}

export type FaultAct =
  /** The effect has happened; the answer waits for `act.until`, and is then given, or lost. */
  | { readonly kind: 'hold-answer'; readonly until: () => Promise<'answer' | 'lose'> }
  /** As ECS words it. */
  | { readonly kind: 'refuse'; readonly status: number; readonly type: string; readonly message: string };

interface Armed {
  readonly fault: Fault;
  seen: number;
  done: number;
}

export class FaultProxy {
  readonly #target: URL;
  readonly #armed = new Set<Armed>();
  readonly #server: Server;
  /** Faults that have struck, `UpdateService: refuse`, since `clear()`. */
  struck: string[] = [];

  constructor(target: string) {
    this.#target = new URL(target);
    this.#server = createServer((incoming, answer) => {
      void this.#pass(incoming, answer).catch(() => answer.destroy());
    });
  }

  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  arm(fault: Fault): void {
    this.#armed.add({ fault, seen: 0, done: 0 });
  }

  clear(): void {
    this.#armed.clear();
    this.struck = [];
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #pass(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const operation =
      String(incoming.headers['x-amz-target'] ?? '')
        .split('.')
        .at(-1) ?? '';
    const act = this.#faultFor(operation, body)?.act;
    if (act?.kind === 'refuse') {
      answer.writeHead(act.status, { 'content-type': 'application/x-amz-json-1.1' });
      answer.end(JSON.stringify({ __type: act.type, message: act.message }));
      return;
    }
    const upstream = await this.#forward(incoming, body);
    if (act?.kind === 'hold-answer' && (await act.until()) === 'lose') {
      answer.destroy();
      return;
    }
    answer.writeHead(upstream.status, upstream.headers);
    answer.end(upstream.body);
  }

  #faultFor(operation: string, body: Buffer): Fault | undefined {
    for (const armed of this.#armed) {
      const { fault } = armed;
      if (fault.operation !== undefined && fault.operation !== operation) continue;
      if (fault.containing !== undefined && !body.includes(fault.containing)) continue;
      armed.seen += 1;
      if (armed.seen <= (fault.after ?? 0) || armed.done >= (fault.times ?? 1)) continue;
      armed.done += 1;
      this.struck.push(`${operation}: ${fault.act.kind}`);
      return fault;
    }
    return undefined;
  }

  /** With the Host header as it came: it is signed. */
  async #forward(
    incoming: IncomingMessage,
    body: Buffer,
  ): Promise<{ status: number; headers: IncomingMessage['headers']; body: Buffer }> {
    return new Promise((resolve, reject) => {
      const onward = request(
        {
          host: this.#target.hostname,
          port: this.#target.port,
          path: incoming.url,
          method: incoming.method,
          headers: { ...incoming.headers, connection: 'close' },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const { connection: _connection, ...headers } = response.headers;
            resolve({ status: response.statusCode ?? 502, headers, body: Buffer.concat(chunks) });
          });
        },
      );
      onward.on('error', reject);
      onward.end(body);
    });
  }
}
