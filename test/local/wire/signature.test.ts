// Our reading of Signature Version 4 against the SDK's signer, which is not ours.

import { describe, expect, it } from '@jest/globals';
import { HttpRequest } from '@smithy/core/protocols';
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import { findSignatureFault, type SignedRequest } from '../../../src/local/wire/signature.ts';

const key = { accessKeyId: 'AKIALOCAL', secretAccessKey: 'local-secret' };
const signedAt = new Date('2026-11-23T14:05:00Z');

interface Sent {
  method?: string;
  path?: string;
  query?: Record<string, string | string[]>;
  headers?: Record<string, string>;
  body?: string;
}

function signer(more: { credentials?: object; region?: string; service?: string } = {}): SignatureV4 {
  const settings = { credentials: key, region: 'us-east-1', service: 'ecs', applyChecksum: false, ...more };
  return new SignatureV4({ ...settings, sha256: Hash.bind(null, 'sha256') } as ConstructorParameters<
    typeof SignatureV4
  >[0]);
}

function toSign({ method = 'POST', path = '/', query = {}, headers = {}, body = '{}' }: Sent): HttpRequest {
  return new HttpRequest({ method, path, query, headers: { host: 'localhost:1', ...headers }, body });
}

/** As it arrives at the server. */
function arrived(request: {
  method: string;
  path: string;
  query?: unknown;
  headers: object;
  body?: unknown;
}) {
  const query = new URLSearchParams();
  for (const [name, values] of Object.entries((request.query ?? {}) as Record<string, string | string[]>)) {
    for (const value of [values].flat()) query.append(name, value);
  }
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
  return {
    method: request.method,
    path: request.path,
    // Through text, as URLs travel.
    query: new URLSearchParams(query.toString()),
    headers,
    body: Buffer.from(String(request.body ?? '')),
  };
}

async function sign(sent: Sent, more: Parameters<typeof signer>[0] = {}): Promise<SignedRequest> {
  return arrived(await signer(more).sign(toSign(sent), { signingDate: signedAt }));
}

async function presign(sent: Sent, more: Parameters<typeof signer>[0] = {}): Promise<SignedRequest> {
  const options = { signingDate: signedAt, expiresIn: 60 };
  return arrived(await signer(more).presign(toSign({ method: 'GET', body: '', ...sent }), options));
}

const fault = (request: SignedRequest, nowMs = signedAt.getTime()) =>
  findSignatureFault(request, 'ecs', key, nowMs);

describe('a signature is good', () => {
  it.each<[string, Sent]>([
    ['of an ordinary call', { headers: { 'content-type': 'application/x-amz-json-1.1' } }],
    ['of values with many spaces', { headers: { 'x-a': '  a   b  c ' } }],
    ['of Unicode', { body: '{"a":"é✓"}', headers: { 'x-a': 'caf\u00e9' } }],
    ['of a query in any order', { query: { b: '2', a: '1', A: '0', 'a-b': '3' } }],
    ['of a name more than once', { query: { a: ['2', '1', '10'] } }],
    ['of what has to be escaped', { query: { "k!'()*~ +/=&": "v!'()*~ +/=&%é" } }],
    ['of an empty value', { query: { a: '' } }],
    ['of another path', { path: '/service/Granite/operation/Put%20It' }],
    ['of a GET', { method: 'GET', body: '' }],
  ])('%s', async (_what, sent) => {
    expect(fault(await sign(sent))).toBeUndefined();
    expect(fault(await presign({ ...sent, body: '' }))).toBeUndefined();
  });

  it('with a session token, which is not looked at', async () => {
    const credentials = { ...key, sessionToken: 'left over' };
    expect(fault(await sign({}, { credentials }))).toBeUndefined();
    expect(fault(await presign({}, { credentials }))).toBeUndefined();
  });

  it('of any region', async () => {
    expect(fault(await sign({}, { region: 'eu-west-1' }))).toBeUndefined();
  });

  it('with the parts of its header in any order', async () => {
    const request = await sign({});
    const [scheme, ...parts] = (request.headers.authorization ?? '').split(/,? /);
    const headers = { ...request.headers, authorization: `${scheme} ${parts.reverse().join(',')}` };
    expect(fault({ ...request, headers })).toBeUndefined();
  });

  it('for a quarter of an hour either way; a presigned one for its own time', async () => {
    const request = await sign({});
    for (const awayMs of [-899_000, 899_000])
      expect(fault(request, signedAt.getTime() + awayMs)).toBeUndefined();
    const presigned = await presign({});
    expect(fault(presigned, signedAt.getTime() + 59_000)).toBeUndefined();
    expect(fault(presigned, signedAt.getTime() + 61_000)).toMatchObject({ kind: 'expired' });
  });
});

describe('a signature is refused', () => {
  const changed = (change: Partial<SignedRequest>) => async () => ({ ...(await sign({})), ...change });
  const withHeader = (name: string, to: (value: string) => string) => async () => {
    const request = await sign({});
    return { ...request, headers: { ...request.headers, [name]: to(request.headers[name] ?? '') } };
  };
  const authorization = (from: string | RegExp, to: string) =>
    withHeader('authorization', (value) => value.replace(from, to));

  it.each<[string, () => Promise<SignedRequest>, string, string]>([
    ['that is not there', withHeader('authorization', () => ''), 'missing', 'missing Authentication Token'],
    ['of another scheme', withHeader('authorization', () => 'Basic eDp5'), 'malformed', "'Basic'"],
    ['without Signature', authorization(/, Signature=\w+/, ''), 'malformed', "requires 'Signature'"],
    ['without Credential', authorization(/Credential=\S+ /, ''), 'malformed', "requires 'Credential'"],
    ['without SignedHeaders', authorization(/SignedHeaders=\S+ /, ''), 'malformed', "'SignedHeaders'"],
    ['with half a scope', authorization('/aws4_request', ''), 'malformed', '5 slash-delimited elements'],
    ['without date', withHeader('x-amz-date', () => ''), 'malformed', "'X-Amz-Date'"],
    ['with a date that is none', withHeader('x-amz-date', () => 'now'), 'malformed', "Not a date: 'now'"],
    ['of another day', authorization('/20261123/', '/20261122/'), 'mismatch', "'20261122' != '20261123'"],
    ['for another service', authorization('/ecs/', '/ecr/'), 'mismatch', "correct service: 'ecs'"],
    ['that leaves out the host', authorization('host;', ''), 'mismatch', "'Host'"],
    ['of another key', authorization('AKIALOCAL', 'AKIAOTHER'), 'unknown-key', 'is invalid'],
    ['of another body', changed({ body: Buffer.from('{ }') }), 'mismatch', 'does not match'],
    ['of another path', changed({ path: '/x' }), 'mismatch', 'does not match'],
    ['of another query', changed({ query: new URLSearchParams('a=1') }), 'mismatch', 'does not match'],
    ['of another method', changed({ method: 'GET' }), 'mismatch', 'does not match'],
    ['that is no hex', authorization(/Signature=.*/, 'Signature=✓'), 'mismatch', 'does not match'],
    [
      'over a payload that is not told',
      () => sign({ headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }),
      'mismatch',
      'does not match',
    ],
    [
      'by another secret',
      () => sign({}, { credentials: { ...key, secretAccessKey: 'x' } }),
      'mismatch',
      'does not match',
    ],
  ])('%s', async (_what, make, kind, told) => {
    expect(fault(await make())).toEqual({ kind, message: expect.stringContaining(told) });
  });

  it.each([
    ['long ago', 901_000, 'Signature expired: 20261123T140500Z is now earlier than 20261123T140501Z'],
    ['in the future', -901_000, 'Signature not yet current: 20261123T140500Z is still later than'],
  ])('made %s', async (_when, awayMs, told) => {
    expect(fault(await sign({}), signedAt.getTime() + awayMs)).toEqual({
      kind: 'expired',
      message: expect.stringContaining(told),
    });
  });

  it.each([
    ['X-Amz-Credential', 'malformed'],
    ['X-Amz-Date', 'malformed'],
    ['X-Amz-SignedHeaders', 'malformed'],
    ['X-Amz-Algorithm', 'malformed'],
    ['X-Amz-Expires', 'mismatch'],
  ])('in a URL without %s', async (name, kind) => {
    const request = await presign({});
    request.query.delete(name);
    expect(fault(request)).toMatchObject({ kind });
  });
});
