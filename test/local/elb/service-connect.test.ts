// Names of Service Connect: who calls, which port, which Host – and what is no HTTP at all.
import { once } from 'node:events';
import { createServer as createHttpServer, get } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type AliasProxy, createAliasProxy } from '../../../src/local/elb/alias-proxy.ts';
import type { Alias } from '../../../src/local/elb/service-connect.ts';
import { createTargetPools, type TargetPools } from '../../../src/local/elb/target-pools.ts';
import { listenOn } from '../../../src/local/wire/listen.ts';
import { killAllApps, startApp } from './app.ts';

let pools: TargetPools;
let proxy: AliasProxy;
let port: number;
let lines: string[];
const tcpServers: Server[] = [];

/** Callers: Linux answers on all of 127.0.0.0/8, so a client may come from any of them. */
const shopCaller = '127.0.0.2';
const labCaller = '127.0.0.3';
const stranger = '127.0.0.4';
const namespaceOf = (address: string): string | undefined =>
  ({ [shopCaller]: 'shop', [labCaller]: 'lab' })[address];

beforeEach(async () => {
  lines = [];
  pools = createTargetPools();
  proxy = createAliasProxy(pools, (line) => lines.push(line));
  const probe = await listenOn(() => createHttpServer(), 0);
  port = probe.port;
  await probe.close();
});

afterEach(async () => {
  await proxy.close();
  pools.close();
  await killAllApps();
  for (const server of tcpServers.splice(0)) server.close();
});

const alias = (name: string, more: Partial<Alias> = {}): Alias => ({
  name,
  port,
  namespace: 'shop',
  protocol: 'tcp',
  ...more,
});

/** Behind the alias is one target, in service. */
async function offer(offered: Alias, target: { id: string; host: string; port: number }): Promise<string> {
  const arn = proxy.openAlias(offered);
  pools.register(arn, target);
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (pools.health(arn, target.id).state !== 'healthy') return;
      end();
      resolve();
    };
    const end = pools.onChange(look);
    look();
  });
  return arn;
}

const ask = (host: string, localAddress = stranger): Promise<string> =>
  new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, localAddress, headers: { host } }, async (incoming) => {
      let body = '';
      for await (const chunk of incoming) body += String(chunk);
      resolve(`${incoming.statusCode} ${body}`);
    }).on('error', reject);
  });

/** A server that is no HTTP: it echoes, after a greeting if it has one. */
async function startTcp(greeting?: string): Promise<{ host: string; port: number; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    if (greeting !== undefined) socket.write(greeting);
    socket.on('data', (chunk) => socket.write(`echo ${chunk}`));
  });
  tcpServers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port, sockets };
}

async function dialIn(localAddress = shopCaller): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, localAddress });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

const heard = async (socket: Socket): Promise<string> => String((await once(socket, 'data'))[0]);

describe('names', () => {
  it('share a port and are told apart by Host; a target that takes connections is in service', async () => {
    await proxy.listenAt(['127.0.0.1']);
    const api = await offer(alias('api'), await startApp('api-1'));
    await offer(alias('Runner.lab'), await startApp('runner-1'));
    expect(proxy.openAlias(alias('API'))).toBe(api);
    expect(await ask(`api:${port}`)).toBe('200 api-1 GET /');
    expect(await ask(`RUNNER.lab:${port}`)).toBe('200 runner-1 GET /');
    expect(await ask('stranger')).toMatch(/^503/);
    proxy.closeAlias(alias('api'));
    expect(await ask(`api:${port}`)).toMatch(/^503/);
    expect(pools.exists(api)).toBe(false);
  });

  it('are those of the caller’s namespace', async () => {
    await offer(alias('api'), await startApp('shop-api'));
    await offer(alias('api', { namespace: 'lab' }), await startApp('lab-api'));
    await offer(alias('only', { namespace: 'lab' }), await startApp('lab-only'));
    await proxy.listenAt(['127.0.0.1'], namespaceOf);
    expect(await ask('api', shopCaller)).toBe('200 shop-api GET /');
    expect(await ask('api', labCaller)).toBe('200 lab-api GET /');
    expect(await ask('only', labCaller)).toBe('200 lab-only GET /');
    expect(await ask('only', shopCaller)).toMatch(/^503/);
    proxy.closeAlias(alias('api'));
    expect(await ask('api', shopCaller)).toMatch(/^503/);
    expect(await ask('api', labCaller)).toBe('200 lab-api GET /');
  });

  it('of a caller that is not known work where they are unique; else the call is refused, and logged', async () => {
    await offer(alias('api'), await startApp('shop-api'));
    await offer(alias('api', { namespace: 'lab' }), await startApp('lab-api'));
    await offer(alias('web'), await startApp('shop-web'));
    await proxy.listenAt(['127.0.0.1'], namespaceOf);
    expect(await ask('web', stranger)).toBe('200 shop-web GET /');
    expect(await ask('api', stranger)).toMatch(/^503/);
    expect(lines).toEqual([
      `a call of api:${port} from ${stranger} is refused: it is not known which of shop, lab it means`,
    ]);
  });

  it('are listened for on loopback where the gateway of the network is not an address of this machine', async () => {
    await offer(alias('api'), await startApp('api-1'));
    // 192.0.2.0/24 is for documentation: no machine has it.
    await proxy.listenAt(['192.0.2.1']);
    expect(await ask('api')).toBe('200 api-1 GET /');
  });
});

describe('a name whose port is the only one of its namespace', () => {
  it('passes on what is no HTTP', async () => {
    await offer(alias('cache'), { id: 'cache', ...(await startTcp()) });
    // The same port in another namespace is no matter.
    await offer(alias('cache', { namespace: 'lab' }), { id: 'other', ...(await startTcp('lab')) });
    await proxy.listenAt(['127.0.0.1'], namespaceOf);
    const socket = await dialIn();
    // Redis has a GET, too: it is the end of the line that makes it HTTP.
    socket.write('GET key\r\n');
    expect(await heard(socket)).toBe('echo GET key\r\n');
    socket.write('PING\r\n');
    expect(await heard(socket)).toBe('echo PING\r\n');
    socket.destroy();
  });

  it('passes on a server’s greeting to a client that waits for it', async () => {
    await offer(alias('db'), { id: 'db', ...(await startTcp('hello')) });
    await proxy.listenAt(['127.0.0.1'], namespaceOf);
    const socket = await dialIn();
    expect(await heard(socket)).toBe('hello');
    socket.write('query');
    expect(await heard(socket)).toBe('echo query');
    socket.destroy();
  });

  it('still balances HTTP request by request, on one connection', async () => {
    const arn = await offer(alias('api'), await startApp('one'));
    await offer(alias('api'), await startApp('two'));
    expect(pools.targets(arn)).toHaveLength(2);
    await proxy.listenAt(['127.0.0.1'], namespaceOf);
    const socket = await dialIn();
    const answers: string[] = [];
    for (let count = 0; count < 2; count++) {
      socket.write('GET / HTTP/1.1\r\nHost: api\r\n\r\n');
      answers.push(/(one|two) GET/.exec(await heard(socket))?.[1] ?? '');
    }
    expect(answers.sort()).toEqual(['one', 'two']);
    socket.destroy();
  });

  it('takes a target that is there, and is closed when there is none', async () => {
    const gone = await startTcp();
    const arn = await offer(alias('cache'), { id: 'gone', ...gone });
    tcpServers.splice(0).map((server) => server.close());
    await proxy.listenAt(['127.0.0.1'], namespaceOf);
    const closed = await dialIn();
    closed.write('x');
    await once(closed, 'close');
    await offer(alias('cache'), { id: 'alive', ...(await startTcp()) });
    expect(pools.targets(arn)).toHaveLength(2);
    for (let count = 0; count < 2; count++) {
      const socket = await dialIn();
      socket.write('x');
      expect(await heard(socket)).toBe('echo x');
      socket.destroy();
    }
  });

  it('lets connections end before their target is out of service', async () => {
    const target = await startTcp();
    const arn = await offer(alias('cache'), { id: 'cache', ...target });
    await proxy.listenAt(['127.0.0.1'], namespaceOf);
    const socket = await dialIn();
    socket.write('x');
    await heard(socket);
    pools.deregister(arn, 'cache');
    expect(pools.health(arn, 'cache').state).toBe('draining');
    const out = new Promise<void>((resolve) => {
      const end = pools.onChange(() => {
        end();
        resolve();
      });
    });
    socket.write('y');
    expect(await heard(socket)).toBe('echo y');
    socket.destroy();
    await out;
    expect(pools.health(arn, 'cache').state).toBe('unused');
  });

  it('whose service is deleted is cut off', async () => {
    await offer(alias('cache'), { id: 'cache', ...(await startTcp()) });
    await proxy.listenAt(['127.0.0.1'], namespaceOf);
    const socket = await dialIn();
    socket.write('x');
    await heard(socket);
    proxy.closeAlias(alias('cache'));
    await once(socket, 'close');
  });
});

it('a port with two names, or one that says http, has HTTP only', async () => {
  await offer(alias('cache', { protocol: 'http' }), { id: 'cache', ...(await startTcp()) });
  await proxy.listenAt(['127.0.0.1'], namespaceOf);
  const refused = async (): Promise<string> => {
    const socket = await dialIn();
    socket.write('PING\r\n\r\n');
    return heard(socket);
  };
  expect(await refused()).toMatch(/^HTTP\/1\.1 400/);
  proxy.openAlias(alias('cache'));
  proxy.openAlias(alias('queue'));
  expect(await refused()).toMatch(/^HTTP\/1\.1 400/);
});
