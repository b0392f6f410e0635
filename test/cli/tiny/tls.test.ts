/** The bundled client at a door with locks: TLS, a certificate of its own, an API key – as Temporal's variables say. */
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createSecureServer, type Http2SecureServer, type IncomingHttpHeaders } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { buildClient } from '../../github-actions/build-client.ts';

interface Call {
  readonly headers: IncomingHttpHeaders;
  /** Whether the caller has shown a certificate that the server trusts. */
  readonly certified: boolean;
}

let folder: string;
let server: Http2SecureServer;
let calls: Call[];
const inFolder = (file: string): string => join(folder, file);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-tls-'));
  await buildClient(folder);
  await execa('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
    ...['-subj', '/CN=temporal.test', '-addext', 'subjectAltName=DNS:temporal.test'],
    ...['-keyout', inFolder('key.pem'), '-out', inFolder('cert.pem')],
  ]);
  const [key, cert] = [await readFile(inFolder('key.pem')), await readFile(inFolder('cert.pem'))];
  server = createSecureServer({ key, cert, ca: cert, requestCert: true, rejectUnauthorized: false });
  server.on('stream', (stream, headers) => {
    calls.push({
      headers,
      certified: (stream.session?.socket as TLSSocket | undefined)?.authorized === true,
    });
    const denied = { 'grpc-status': '7', 'grpc-message': 'nobody gets in' };
    stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...denied }, { endStream: true });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  calls = [];
});

const knock = (env: Readonly<Record<string, string>>) =>
  execa(process.execPath, [inFolder('slipway-client.mjs'), 'wait', 'deploy/a/b/c'], {
    cwd: folder,
    extendEnv: false,
    env: {
      HOME: folder,
      TEMPORAL_ADDRESS: `127.0.0.1:${(server.address() as AddressInfo).port}`,
      TEMPORAL_TLS_SERVER_NAME: 'temporal.test',
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: inFolder('cert.pem'),
      ...env,
    },
    reject: false,
  });

describe('slipway-client', () => {
  it('trusts the authority that it is given, and shows its own certificate and key', async () => {
    const run = await knock({
      TEMPORAL_TLS_CLIENT_CERT_DATA: await readFile(inFolder('cert.pem'), 'utf8'),
      TEMPORAL_TLS_CLIENT_KEY_PATH: inFolder('key.pem'),
      TEMPORAL_API_KEY: 'the-key',
    });
    expect(run).toMatchObject({ exitCode: 7, stderr: expect.stringContaining('nobody gets in') });
    expect(calls[0]).toMatchObject({ certified: true, headers: { authorization: 'Bearer the-key' } });
    // What opens the door is not for the log.
    expect(run.stderr).not.toContain('the-key');
  });

  it('shows none that it was not given', async () => {
    expect((await knock({})).exitCode).toBe(7);
    expect(calls[0]).toMatchObject({ certified: false });
    expect(calls[0]?.headers.authorization).toBeUndefined();
  });

  it('does not talk to a server that nobody vouches for', async () => {
    expect((await knock({ TEMPORAL_TLS_SERVER_NAME: 'other.test' })).exitCode).toBe(7);
    expect(calls).toEqual([]);
  });
});
