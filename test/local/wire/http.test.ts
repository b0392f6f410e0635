// What a client may do to HTTP itself: slow, broken, old or odd, it gets an answer that AWS's clients can read.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import * as cloudwatch from '@aws-sdk/client-cloudwatch';
import * as ecr from '@aws-sdk/client-ecr';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createSts } from '../../../src/local/sts/index.ts';
import type { JsonService } from '../../../src/local/wire/operations.ts';
import { signedPost } from './sign.ts';
import { type StartedWire, startWire } from './start-wire.ts';

const target = 'AmazonEC2ContainerRegistry_V20150921';
const echo: JsonService = {
  name: 'ecr',
  protocol: 'json',
  targetPrefix: target,
  schemas: ecr,
  operations: {
    CreateRepository: async (input: ecr.CreateRepositoryCommandInput) => ({
      repository: { repositoryName: input.repositoryName },
    }),
  },
};

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

const start = (more: Parameters<typeof startWire>[1] = {}): Promise<StartedWire> =>
  startWire([echo, createSts()], more);

/** Collects what comes back until the other side is done, or `enough` says so. */
async function talk(
  port: number,
  text: string,
  enough: (received: string) => boolean = () => false,
): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  await once(socket, 'connect');
  socket.write(text);
  let received = '';
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    received += chunk.toString('utf8');
    if (enough(received)) break;
  }
  return received;
}

/** A signed call as bytes. */
function call(port: number, name: string, more: Record<string, string> = {}, version = '1.1'): string {
  const body = JSON.stringify({ repositoryName: name });
  const headers = signedPost({
    port,
    service: 'ecr',
    body,
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `${target}.CreateRepository`,
    },
  });
  const lines = Object.entries({ ...headers, 'content-length': String(body.length), ...more });
  return `POST / HTTP/${version}\r\n${lines.map(([key, value]) => `${key}: ${value}\r\n`).join('')}\r\n${body}`;
}

describe('HTTP', () => {
  it('1.0 gets an answer and the end of the connection', async () => {
    const { port } = await start();
    const answer = await talk(port, call(port, 'old', {}, '1.0'));
    expect(answer).toContain('200 OK');
    expect(answer).toContain('"repositoryName":"old"');
  });

  it('pipelined calls are answered in order on one connection', async () => {
    const { port } = await start();
    const both = call(port, 'first') + call(port, 'second', { connection: 'close' });
    const names = [...(await talk(port, both)).matchAll(/"repositoryName":"(\w+)"/g)].map(([, name]) => name);
    expect(names).toEqual(['first', 'second']);
  });

  it('a client that waits for 100 Continue is told to go on', async () => {
    const { port } = await start();
    const answer = await talk(port, call(port, 'patient', { expect: '100-continue', connection: 'close' }));
    expect(answer).toMatch(/^HTTP\/1.1 100 Continue[\s\S]*HTTP\/1.1 200 OK[\s\S]*patient/);
  });

  it('chunked bodies are read', async () => {
    const { port } = await start();
    const whole = call(port, 'chunky', { connection: 'close' });
    const [head = '', body = ''] = whole.split('\r\n\r\n');
    const chunks = [body.slice(0, 3), body.slice(3)].map(
      (part) => `${part.length.toString(16)}\r\n${part}\r\n`,
    );
    const chunked = head.replace(/content-length: \d+/, 'transfer-encoding: chunked');
    expect(await talk(port, `${chunked}\r\n\r\n${chunks.join('')}0\r\n\r\n`)).toContain('"chunky"');
  });

  it('a body that does not come to its end is given up', async () => {
    const { port } = await start({ bodyTimeoutMs: 50 });
    const answer = await talk(port, call(port, 'slow', { 'content-length': '5000' }));
    expect(answer).toContain('408 Request Timeout');
    expect(answer).toContain('"__type":"RequestTimeout"');
    expect(answer.toLowerCase()).toContain('connection: close');
  });

  it('a client that leaves in mid-sentence harms nobody', async () => {
    const { port, logged } = await start();
    for (let count = 0; count < 20; count += 1) {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write(call(port, 'gone', { 'content-length': '5000' }));
      socket.destroy();
    }
    expect(await talk(port, call(port, 'here', { connection: 'close' }))).toContain('"here"');
    expect(logged.filter((line) => !line.includes('broke off'))).toEqual([]);
  });

  it.each(['//', '///evil.example/', '/\\', 'http://[', '*', '/%', '/v3', '/service/x/operation/y'])(
    'the odd target %s is answered as AWS answers',
    async (path) => {
      const { port } = await start();
      const answer = await talk(
        port,
        `POST ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
      );
      expect(answer).toContain('404 Not Found');
      expect(answer).toContain('"__type":"UnknownOperationException"');
      expect(answer.toLowerCase()).toContain('x-amzn-requestid: ');
    },
  );

  it('a good call is answered at / and //, and nowhere else', async () => {
    const { port } = await start();
    const at = async (path: string): Promise<string> => {
      const text = call(port, 'found', { connection: 'close' }).replace('POST /', `POST ${path}`);
      return (await talk(port, text)).split(' ')[1] ?? '';
    };
    expect([await at('/'), await at('//'), await at('/elsewhere')]).toEqual(['200', '200', '404']);
  });

  it.each(['GET', 'HEAD'])('%s / says what this is', async (method) => {
    const { url } = await start();
    const response = await fetch(url, { method });
    expect(response.status).toBe(200);
    expect(await response.text()).toEqual(method === 'HEAD' ? '' : expect.stringContaining('ecr, sts'));
  });

  it.each([
    ['a huge body', 6 * 1024 * 1024],
    ['one that nobody would read to its end', 110 * 1024 * 1024],
  ])('%s is refused', async (_what, size) => {
    const { url, client } = await start();
    const headers = { 'x-amz-target': `${target}.CreateRepository` };
    const refused = await fetch(url, { method: 'POST', headers, body: Buffer.alloc(size, 0x20) }).then(
      (response) => response.status,
      // The connection may break before all is sent.
      () => 413,
    );
    expect(refused).toBe(413);
    const good = new ecr.ECRClient(client).send(new ecr.CreateRepositoryCommand({ repositoryName: 'a' }));
    expect((await good).repository?.repositoryName).toBe('a');
  });
});

describe('a body in gzip', () => {
  const send = async (body: Buffer, encoding = 'gzip'): Promise<{ status: number; text: string }> => {
    const { url, port } = await start();
    const headers = signedPost({
      port,
      service: 'ecr',
      body,
      headers: {
        'content-encoding': encoding,
        'x-amz-target': `${target}.CreateRepository`,
      },
    });
    const response = await fetch(url, { method: 'POST', headers, body });
    return { status: response.status, text: await response.text() };
  };

  it('is unpacked', async () => {
    expect(await send(gzipSync('{"repositoryName":"packed"}'))).toEqual({
      status: 200,
      text: '{"repository":{"repositoryName":"packed"}}',
    });
  });

  it.each([
    ['is none', Buffer.from('{}'), 'gzip', 'SerializationException'],
    ['is a bomb', gzipSync(Buffer.alloc(50 * 1024 * 1024)), 'gzip', 'RequestEntityTooLarge'],
    ['is another coding', Buffer.from('{}'), 'br', 'SerializationException'],
  ])('that %s is refused', async (_what, body, encoding, code) => {
    expect(JSON.parse((await send(body, encoding)).text).__type).toBe(code);
  });
});

describe('the protocols', () => {
  const manyMembers = Array.from({ length: 200 }, (_, index) => `"x${index}":1,`).join('');
  const json = 'application/x-amz-json-1.1';
  const form = 'application/x-www-form-urlencoded';
  const identity = 'Action=GetCallerIdentity&Version=2011-06-15';

  it.each([
    ['awsJson1.1 with a charset', 'ecr', `${json}; charset=utf-8`, '{"repositoryName":"a"}', 200, '"a"'],
    ['awsJson1.0', 'ecr', 'application/x-amz-json-1.0', '{"repositoryName":"a"}', 200, '"a"'],
    ['a byte order mark', 'ecr', json, '\ufeff{"repositoryName":"a"}', 400, 'SerializationException'],
    ['nothing at all', 'ecr', json, '', 400, 'InvalidParameterException'],
    ['null', 'ecr', json, 'null', 400, 'SerializationException'],
    ['a null member', 'ecr', json, '{"repositoryName":"a","tags":null}', 200, '"a"'],
    ['a null in a list', 'ecr', json, '{"repositoryName":"a","tags":[null]}', 400, 'SerializationException'],
    ['a number for a string', 'ecr', json, '{"repositoryName":1}', 400, 'SerializationException'],
    ['a number too large', 'ecr', json, '{"repositoryName":1e999}', 400, 'SerializationException'],
    ['half a character', 'ecr', json, '{"repositoryName":"\\ud800"}', 400, 'SerializationException'],
    ['deep nonsense', 'ecr', json, '{"a":'.repeat(100_000), 400, 'SerializationException'],
    [
      'a depth',
      'ecr',
      json,
      `{"repositoryName":"a","x":${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
      200,
      '"a"',
    ],
    ['a prototype', 'ecr', json, '{"__proto__":{"repositoryName":"a"}}', 400, 'InvalidParameterException'],
    ['Form in capitals', 'sts', 'Application/X-WWW-Form-Urlencoded; charset=utf-8', identity, 200, '<Arn>'],
    ['a form without Action', 'sts', form, 'Version=2011-06-15', 400, '<Code>MissingAction</Code>'],
    [
      'an unknown action',
      'sts',
      form,
      'Action=toString&Version=2011-06-15',
      400,
      '<Code>InvalidAction</Code>',
    ],
    ['a form of dots', 'sts', form, `${identity}&${'a.'.repeat(1_000_000)}=1`, 200, '<Arn>'],
    [
      'a misfit behind a hundred unknown members',
      'ecr',
      json,
      `{${manyMembers}"repositoryName":1}`,
      400,
      'SerializationException',
    ],
    ['a form with junk', 'sts', form, `${identity}&__proto__.a=1&a.b.c=2&&=&%`, 200, '<Arn>'],
  ])('%s', async (_what, service, type, body, status, told) => {
    const { url, port } = await start();
    const headers = signedPost({
      port,
      service,
      body,
      headers: {
        'content-type': type,
        ...(service === 'ecr' && { 'x-amz-target': `${target}.CreateRepository` }),
      },
    });
    const response = await fetch(url, { method: 'POST', headers, body });
    expect({ status: response.status, text: await response.text() }).toEqual({
      status,
      text: expect.stringContaining(told),
    });
    expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
    const refused = service === 'ecr' && status === 400;
    expect(response.headers.get('x-amzn-errortype')).toBe(refused ? told : null);
  });

  it.each([
    ['AAEC', 200],
    ['', 200],
    ['AAE', 400],
    ['A-_C', 400],
    ['\ud800', 400],
  ])('bytes in JSON are base64: %j', async (layerPartBlob, status) => {
    const taking: JsonService = { ...echo, operations: { UploadLayerPart: async () => ({}) } };
    const { url, port } = await startWire([taking]);
    const part = { repositoryName: 'a', uploadId: '1', partFirstByte: 0, partLastByte: 3 };
    const body = JSON.stringify({ ...part, layerPartBlob });
    const headers = signedPost({
      port,
      service: 'ecr',
      body,
      headers: { 'x-amz-target': `${target}.UploadLayerPart` },
    });
    expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(status);
  });

  it.each([
    [1e9, 200],
    [1.5, 200],
    [8.64e12, 200],
    [8.65e12, 400],
    ['2026-11-23T14:05:00Z', 400],
  ])('a date in JSON is a number of seconds: %s', async (StartDate, status) => {
    const prefix = 'GraniteServiceVersion20100801';
    const dated: JsonService = {
      name: 'monitoring',
      protocol: 'json',
      targetPrefix: prefix,
      schemas: cloudwatch as unknown as JsonService['schemas'],
      operations: {
        DescribeAlarmHistory: async (input: cloudwatch.DescribeAlarmHistoryInput) => {
          input.StartDate?.toISOString();
          return {};
        },
      },
    };
    const { url, port } = await startWire([dated]);
    const body = JSON.stringify({ StartDate });
    const headers = signedPost({
      port,
      service: 'monitoring',
      body,
      headers: { 'x-amz-target': `${prefix}.DescribeAlarmHistory` },
    });
    expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(status);
  });

  it.each([
    ['no operation', `${target}.`],
    ['no service', '.CreateRepository'],
    ['no dot', 'CreateRepository'],
    ['another service', 'AmazonEC2ContainerServiceV20141113.ListClusters'],
    ['a known word of JavaScript', `${target}.constructor`],
  ])('X-Amz-Target with %s is UnknownOperationException', async (_what, amzTarget) => {
    const { url, port } = await start();
    const headers = signedPost({ port, service: 'ecr', body: '{}', headers: { 'x-amz-target': amzTarget } });
    const response = await fetch(url, { method: 'POST', headers, body: '{}' });
    expect(response.status).toBe(400);
    expect(JSON.parse(await response.text()).__type).toBe('UnknownOperationException');
  });
});

describe('words from a fixed list', () => {
  const service: JsonService = {
    ...echo,
    enums: new Map([
      ['imageTagMutability', ['MUTABLE', 'IMMUTABLE']],
      ['encryptionConfiguration.encryptionType', ['AES256']],
      ['CreateRepository.registryId', ['0']],
    ]),
  };

  it.each([
    ['a known one', '{"repositoryName":"a","imageTagMutability":"MUTABLE"}', undefined],
    ['an empty one', '{"repositoryName":"a","imageTagMutability":""}', undefined],
    [
      'an unknown one',
      '{"repositoryName":"a","imageTagMutability":"SOFT"}',
      "Value 'SOFT' at 'imageTagMutability'",
    ],
    [
      'one further in',
      '{"repositoryName":"a","encryptionConfiguration":{"encryptionType":"ROT13"}}',
      "Value 'ROT13' at 'encryptionConfiguration.encryptionType' failed to satisfy constraint: Member must satisfy enum value set: [AES256]",
    ],
    ['one of this operation', '{"repositoryName":"a","registryId":"1"}', "Value '1' at 'registryId'"],
    [
      'an unknown depth',
      `{"repositoryName":"a","x":${'{"x":'.repeat(50_000)}1${'}'.repeat(50_000)}}`,
      undefined,
    ],
  ])('%s', async (_what, body, told) => {
    const { url, port } = await startWire([service]);
    const headers = signedPost({
      port,
      service: 'ecr',
      body,
      headers: { 'x-amz-target': `${target}.CreateRepository` },
    });
    const response = await fetch(url, { method: 'POST', headers, body });
    const answer = JSON.parse(await response.text()) as { __type?: string; message?: string };
    expect(answer.__type).toBe(told && 'InvalidParameterException');
    expect(answer.message).toEqual(told && expect.stringContaining(told));
  });
});
