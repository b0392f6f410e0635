// Sends what no SDK would: any bytes, signed with the right key, in each protocol that a service speaks.
import { Agent, request } from 'node:http';
import { cbor } from '@smithy/core/cbor';
import { pick, type Random } from './random-input.ts';
import { signedPost } from './sign.ts';

export interface Spoken {
  /** The signing name. */
  readonly name: string;
  readonly protocol: 'json' | 'cbor' | 'query';
  /** Target prefix, or the query protocol's version. */
  readonly prefix: string;
  readonly sdk: Readonly<Record<string, unknown>>;
}

export interface Answer {
  readonly status: number;
  readonly requestId: string | undefined;
  readonly body: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: 16 });
export const closeFuzzClient = (): void => agent.destroy();

export function encode(spoken: Spoken, operation: string, input: unknown): Buffer {
  switch (spoken.protocol) {
    case 'json':
      return Buffer.from(JSON.stringify(input) ?? '');
    case 'cbor':
      // By way of JSON: CBOR has no undefined.
      return Buffer.from(cbor.serialize(JSON.parse(JSON.stringify(input) ?? '{}')));
    case 'query': {
      const form = new URLSearchParams({ Action: operation, Version: spoken.prefix });
      flatten(input, '', form);
      return Buffer.from(form.toString());
    }
  }
}

/** Flips, cuts or doubles some of it. */
export function damage(body: Buffer, random: Random): Buffer {
  const at = Math.floor(random() * (body.length + 1));
  const length = Math.floor(random() * 8);
  return pick<() => Buffer>(random, [
    () => body.subarray(0, at),
    () => Buffer.concat([body, body]),
    () => Buffer.concat([body.subarray(0, at), Buffer.from([Math.floor(random() * 256)]), body.subarray(at)]),
    () => Buffer.concat([body.subarray(0, at), body.subarray(at + length)]),
    () => Buffer.from(`${'[{"a":'.repeat(5000)}`),
    () => Buffer.from(Array.from({ length: 200 }, () => Math.floor(random() * 256))),
  ])();
}

export function send(port: number, spoken: Spoken, operation: string, body: Buffer): Promise<Answer> {
  const path = spoken.protocol === 'cbor' ? `/service/${spoken.prefix}/operation/${operation}` : '/';
  const headers = signedPost({
    port,
    service: spoken.name,
    body,
    path,
    headers: protocolHeaders(spoken, operation),
  });
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method: 'POST',
        agent,
        headers,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            requestId: response.headers['x-amzn-requestid'] as string | undefined,
            body: readable(spoken, Buffer.concat(chunks)),
          }),
        );
      },
    );
    sent.setTimeout(10_000, () => sent.destroy(new Error('no answer within 10 s')));
    sent.on('error', reject);
    sent.end(body);
  });
}

function protocolHeaders(spoken: Spoken, operation: string): Record<string, string> {
  switch (spoken.protocol) {
    case 'json':
      return {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `${spoken.prefix}.${operation}`,
      };
    case 'cbor':
      return { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' };
    case 'query':
      return { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  }
}

function readable(spoken: Spoken, bytes: Buffer): string {
  if (spoken.protocol !== 'cbor' || bytes[0] === 0x7b) return bytes.toString('utf8');
  return JSON.stringify(cbor.deserialize(bytes), (_key, value: unknown) =>
    typeof value === 'bigint' ? Number(value) : value,
  );
}

/** `{a: [{b: 1}]}` -> `a.member.1.b=1` */
function flatten(value: unknown, path: string, form: URLSearchParams): void {
  const at = (name: string | number): string => (path === '' ? String(name) : `${path}.${name}`);
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) flatten(item, at(`member.${index + 1}`), form);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) flatten(item, at(name), form);
  } else if (path !== '') {
    form.set(path, String(value));
  }
}
