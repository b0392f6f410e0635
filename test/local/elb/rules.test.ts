// Rules of a listener: which request goes where, through the API and the open port.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createElb, type Elb } from '../../../src/local/elb/index.ts';
import { listenOn } from '../../../src/local/wire/listen.ts';
import { startWire } from '../wire/start-wire.ts';
import { killAllApps, startApp } from './app.ts';

let folder: string;
let elb: Elb;
let client: sdk.ElasticLoadBalancingV2Client;
let port: number;
let loadBalancer: string;
let listenerArn: string;
/** Target group ARNs; each has one healthy target that answers with its name. */
let groups: Record<'api' | 'web' | 'blue', string>;

async function start(): Promise<void> {
  elb = await createElb({ stateFile: join(folder, 'elb.json'), log: (line) => console.error(line) });
  const wire = await startWire([elb.service]);
  client = new sdk.ElasticLoadBalancingV2Client(wire.client);
}

async function newLoadBalancer(Name: string): Promise<string> {
  const { LoadBalancers } = await client.send(new sdk.CreateLoadBalancerCommand({ Name }));
  return LoadBalancers?.[0]?.LoadBalancerArn ?? '';
}

async function newGroup(Name: string): Promise<string> {
  const { TargetGroups } = await client.send(
    new sdk.CreateTargetGroupCommand({ Name, Protocol: 'HTTP', Port: 80, HealthCheckPath: '/health' }),
  );
  return TargetGroups?.[0]?.TargetGroupArn ?? '';
}

const forwardTo = (TargetGroupArn: string): sdk.Action => ({ Type: 'forward', TargetGroupArn });
const path = (...Values: string[]): sdk.RuleCondition => ({ Field: 'path-pattern', Values });
const says = (MessageBody: string): sdk.Action => ({
  Type: 'fixed-response',
  FixedResponseConfig: { StatusCode: '200', ContentType: 'text/plain', MessageBody },
});

async function rule(Priority: number, Conditions: sdk.RuleCondition[], action: sdk.Action): Promise<string> {
  const { Rules } = await client.send(
    new sdk.CreateRuleCommand({ ListenerArn: listenerArn, Priority, Conditions, Actions: [action] }),
  );
  return Rules?.[0]?.RuleArn ?? '';
}

const rules = async (): Promise<sdk.Rule[]> =>
  (await client.send(new sdk.DescribeRulesCommand({ ListenerArn: listenerArn }))).Rules ?? [];

interface Got {
  readonly status: number | undefined;
  readonly location: string | undefined;
  readonly body: string;
}

function ask(url: string, options: RequestOptions = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`http://127.0.0.1:${port}${url}`, options, async (incoming: IncomingMessage) => {
      let body = '';
      for await (const chunk of incoming) body += String(chunk);
      resolve({ status: incoming.statusCode, location: incoming.headers.location, body });
    });
    outgoing.on('error', reject).end();
  });
}

/** Which of the rules' answers, or of the apps, it was. */
const servedBy = async (url: string, options?: RequestOptions): Promise<string> =>
  (await ask(url, options)).body.split(' ')[0] ?? '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-rules-'));
  await start();
  const probe = await listenOn(() => createServer(), 0);
  port = probe.port;
  await probe.close();
  loadBalancer = await newLoadBalancer('main');
  groups = { api: await newGroup('api'), web: await newGroup('web'), blue: await newGroup('blue') };
  const { Listeners } = await client.send(
    new sdk.CreateListenerCommand({
      LoadBalancerArn: loadBalancer,
      Protocol: 'HTTP',
      Port: port,
      DefaultActions: [forwardTo(groups.web)],
    }),
  );
  listenerArn = Listeners?.[0]?.ListenerArn ?? '';
});

afterEach(async () => {
  await elb.close();
  await killAllApps();
  await rm(folder, { recursive: true, force: true });
});

async function serve(name: keyof typeof groups): Promise<void> {
  const arn = groups[name];
  elb.targetGroups.register(arn, await startApp(name));
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (elb.targetGroups.health(arn, name).state !== 'healthy') return;
      end();
      resolve();
    };
    const end = elb.targetGroups.onChange(look);
    look();
  });
}

describe('rules', () => {
  it('send a request to their target group; what none takes goes to the default one', async () => {
    await serve('web');
    await rule(10, [path('/api/*')], forwardTo(groups.api));
    await serve('api');
    expect([await servedBy('/api/x'), await servedBy('/api'), await servedBy('/API/x')]).toEqual([
      'api',
      'web',
      'web',
    ]);
  });

  it('are asked by priority, lowest first, and can be reordered', async () => {
    const all = await rule(20, [path('*')], says('all'));
    const some = await rule(10, [path('/a*')], says('some'));
    expect([await servedBy('/abc'), await servedBy('/b')]).toEqual(['some', 'all']);
    const swap = [
      { RuleArn: all, Priority: 10 },
      { RuleArn: some, Priority: 20 },
    ];
    await client.send(new sdk.SetRulePrioritiesCommand({ RulePriorities: swap }));
    expect(await servedBy('/abc')).toBe('all');
    expect((await rules()).map(({ RuleArn, Priority }) => [RuleArn, Priority])).toEqual([
      [all, '10'],
      [some, '20'],
      [
        expect.stringMatching(/:listener-rule\/app\/main\/[0-9a-f]{16}\/[0-9a-f]{16}\/[0-9a-f]{16}$/),
        'default',
      ],
    ]);
  });

  it('put a target group into use, and out of it', async () => {
    const arn = await rule(1, [path('/api')], forwardTo(groups.api));
    expect(elb.targetGroups.isUsed(groups.api)).toBe(true);
    const remove = new sdk.DeleteTargetGroupCommand({ TargetGroupArn: groups.api });
    await expect(client.send(remove)).rejects.toThrow(sdk.ResourceInUseException);
    await client.send(new sdk.DeleteRuleCommand({ RuleArn: arn }));
    expect(elb.targetGroups.isUsed(groups.api)).toBe(false);
    await client.send(remove);
  });

  it('can be modified, tagged and found by ARN, and go with their listener', async () => {
    const arn = await rule(1, [path('/a')], says('before'));
    await client.send(
      new sdk.ModifyRuleCommand({ RuleArn: arn, Conditions: [path('/b')], Actions: [says('after')] }),
    );
    expect(await servedBy('/b')).toBe('after');
    await client.send(new sdk.AddTagsCommand({ ResourceArns: [arn], Tags: [{ Key: 'a', Value: '1' }] }));
    const tags = await client.send(new sdk.DescribeTagsCommand({ ResourceArns: [arn] }));
    expect(tags.TagDescriptions).toEqual([{ ResourceArn: arn, Tags: [{ Key: 'a', Value: '1' }] }]);
    const find = new sdk.DescribeRulesCommand({ RuleArns: [arn] });
    expect((await client.send(find)).Rules).toEqual([
      {
        RuleArn: arn,
        Priority: '1',
        IsDefault: false,
        Conditions: [{ Field: 'path-pattern', Values: ['/b'], PathPatternConfig: { Values: ['/b'] } }],
        Actions: [{ ...says('after'), Order: 1 }],
      },
    ]);
    await client.send(new sdk.DeleteListenerCommand({ ListenerArn: listenerArn }));
    await expect(client.send(find)).rejects.toThrow(sdk.RuleNotFoundException);
  });

  it('survive a restart, and so do listeners of a state file without actions', async () => {
    await rule(1, [path('/a')], says('rule'));
    await elb.close();
    const file = join(folder, 'elb.json');
    const saved = JSON.parse(await readFile(file, 'utf8')) as {
      state: { listeners: Record<string, object> };
    };
    for (const [arn, { action: _action, ...listener }] of Object.entries(
      saved.state.listeners as Record<string, { action: unknown }>,
    )) {
      saved.state.listeners[arn] = { ...listener, targetGroupArn: groups.web };
    }
    await writeFile(file, JSON.stringify(saved));
    await start();
    await elb.start();
    await serve('web');
    expect([await servedBy('/a'), await servedBy('/b')]).toEqual(['rule', 'web']);
  });
});

describe('conditions', () => {
  const host: sdk.RuleCondition = { Field: 'host-header', HostHeaderConfig: { Values: ['*.Example.com'] } };
  const method: sdk.RuleCondition = {
    Field: 'http-request-method',
    HttpRequestMethodConfig: { Values: ['PUT', 'POST'] },
  };
  const header: sdk.RuleCondition = {
    Field: 'http-header',
    HttpHeaderConfig: { HttpHeaderName: 'X-Version', Values: ['2.?'] },
  };
  const query: sdk.RuleCondition = {
    Field: 'query-string',
    QueryStringConfig: { Values: [{ Key: 'version', Value: 'v1*' }, { Value: 'canary' }] },
  };
  const source = (...Values: string[]): sdk.RuleCondition => ({
    Field: 'source-ip',
    SourceIpConfig: { Values },
  });

  it.each<[string, sdk.RuleCondition[], string, RequestOptions, boolean]>([
    ['a path', [path('/a/?/c')], '/a/b/c', {}, true],
    ['a path, however long its query is', [path('/a')], '/a?x=/b', {}, true],
    ['a path with more than one letter for `?`', [path('/a/?/c')], '/a/bb/c', {}, false],
    ['a path whose dots are dots', [path('/a.b')], '/aXb', {}, false],
    ['one of several paths', [path('/a', '/b')], '/b', {}, true],
    ['a host, whatever its case and port', [host], '/', { headers: { host: 'API.example.COM:81' } }, true],
    ['another host', [host], '/', { headers: { host: 'example.com' } }, false],
    ['a method', [method], '/', { method: 'PUT' }, true],
    ['another method', [method], '/', {}, false],
    ['a header', [header], '/', { headers: { 'x-version': '2.1' } }, true],
    ['a header of another value', [header], '/', { headers: { 'x-version': '3.1' } }, false],
    ['no such header', [header], '/', {}, false],
    ['a query by key and value', [query], '/?VERSION=V1.2', {}, true],
    ['a query by value', [query], '/?x=canary', {}, true],
    ['another query', [query], '/?version=2', {}, false],
    ['an address', [source('10.0.0.0/8', '127.0.0.0/8')], '/', {}, true],
    ['another address', [source('10.0.0.0/8')], '/', {}, false],
    ['all of two conditions', [path('/a'), method], '/a', { method: 'POST' }, true],
    ['one of two conditions', [path('/a'), method], '/a', {}, false],
  ])('match: %s', async (_what, conditions, url, options, matched) => {
    await rule(1, conditions, says('rule'));
    const { status, body } = await ask(url, options);
    expect({ status, body: matched ? body : 'none' }).toEqual({
      status: matched ? 200 : 503,
      body: matched ? 'rule' : 'none',
    });
    // What was asked for comes back.
    expect((await rules())[0]?.Conditions).toMatchObject(conditions);
  });
});

describe('actions', () => {
  it('answer by themselves, with status, type and body', async () => {
    await rule(1, [path('/down')], {
      Type: 'fixed-response',
      FixedResponseConfig: { StatusCode: '503', ContentType: 'text/html', MessageBody: '<b>later</b>' },
    });
    const answer = await fetch(`http://localhost:${port}/down`, { method: 'POST', body: 'ignored' });
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
      503,
      'text/html',
      '<b>later</b>',
    ]);
  });

  it.each<[string, sdk.RedirectActionConfig, string]>([
    [
      'to HTTPS',
      { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' },
      'https://shop.test:443/old/x?a=1',
    ],
    [
      'to another path',
      { Path: '/new/#{path}', Query: '', StatusCode: 'HTTP_302' },
      'http://shop.test:<port>/new/old/x',
    ],
    [
      'to another host',
      { Host: 'new.#{host}', Port: '80', Query: '#{query}&b=2', StatusCode: 'HTTP_302' },
      'http://new.shop.test:80/old/x?a=1&b=2',
    ],
  ])('redirect %s', async (_what, RedirectConfig, location) => {
    await rule(1, [path('/old/*')], { Type: 'redirect', RedirectConfig });
    expect(await ask('/old/x?a=1', { headers: { host: 'shop.test' } })).toEqual({
      status: RedirectConfig.StatusCode === 'HTTP_301' ? 301 : 302,
      location: location.replace('<port>', String(port)),
      body: '',
    });
    expect((await rules())[0]?.Actions).toMatchObject([{ Type: 'redirect', RedirectConfig }]);
  });

  it('share requests among target groups by weight', async () => {
    await rule(1, [path('*')], {
      Type: 'forward',
      ForwardConfig: {
        TargetGroups: [
          { TargetGroupArn: groups.api, Weight: 3 },
          { TargetGroupArn: groups.blue, Weight: 1 },
          { TargetGroupArn: groups.web, Weight: 0 },
        ],
      },
    });
    await serve('api');
    await serve('blue');
    const answers: string[] = [];
    for (let count = 0; count < 8; count++) answers.push(await servedBy('/'));
    expect(answers).toEqual(['api', 'api', 'blue', 'api', 'api', 'api', 'blue', 'api']);
  });
});

describe('what is refused', () => {
  it('is a taken priority, and one that a reordering would give twice', async () => {
    const first = await rule(1, [path('/a')], says('a'));
    await rule(2, [path('/b')], says('b'));
    await expect(rule(1, [path('/c')], says('c'))).rejects.toThrow("Priority '1' is currently in use");
    const clash = new sdk.SetRulePrioritiesCommand({ RulePriorities: [{ RuleArn: first, Priority: 2 }] });
    await expect(client.send(clash)).rejects.toThrow(sdk.PriorityInUseException);
    await expect(rule(50_001, [path('/c')], says('c'))).rejects.toMatchObject({ name: 'ValidationError' });
  });

  it('is any change of the default rule', async () => {
    const RuleArn = (await rules())[0]?.RuleArn;
    const remove = new sdk.DeleteRuleCommand({ RuleArn });
    await expect(client.send(remove)).rejects.toThrow(`Default rule '${RuleArn}' cannot be deleted`);
    const modify = new sdk.ModifyRuleCommand({ RuleArn, Actions: [says('x')] });
    await expect(client.send(modify)).rejects.toThrow(sdk.OperationNotPermittedException);
    const found = await client.send(new sdk.DescribeRulesCommand({ RuleArns: [RuleArn ?? ''] }));
    expect(found.Rules).toMatchObject([{ IsDefault: true, Priority: 'default' }]);
  });

  it.each<[string, string, sdk.RuleCondition[], sdk.Action]>([
    ['no condition', 'ValidationError', [], says('x')],
    ['an unknown field', 'ValidationError', [{ Field: 'cookie', Values: ['x'] }], says('x')],
    ['regular expressions', 'ValidationError', [{ Field: 'path-pattern', RegexValues: ['^/a'] }], says('x')],
    ['too many values', 'ValidationError', [path('1', '2', '3', '4', '5', '6')], says('x')],
    [
      'a source that is no range',
      'ValidationError',
      [{ Field: 'source-ip', SourceIpConfig: { Values: ['10.0.0.1'] } }],
      says('x'),
    ],
    [
      'a status 300',
      'ValidationError',
      [path('/')],
      { Type: 'fixed-response', FixedResponseConfig: { StatusCode: '300' } },
    ],
    [
      'a redirect to itself',
      'InvalidLoadBalancerActionException',
      [path('/')],
      { Type: 'redirect', RedirectConfig: { StatusCode: 'HTTP_301' } },
    ],
    [
      'a redirect without its config',
      'InvalidLoadBalancerActionException',
      [path('/')],
      { Type: 'redirect' },
    ],
    [
      'an action that is not here',
      'InvalidLoadBalancerActionException',
      [path('/')],
      { Type: 'authenticate-oidc' },
    ],
    [
      'a target group that is not there',
      'TargetGroupNotFoundException',
      [path('/')],
      forwardTo('arn:absent'),
    ],
  ])('is %s', async (_what, name, conditions, action) => {
    await expect(rule(1, conditions, action)).rejects.toMatchObject({ name });
    expect(await rules()).toHaveLength(1);
  });

  it('is a target group behind two load balancers', async () => {
    const other = new sdk.CreateListenerCommand({
      LoadBalancerArn: await newLoadBalancer('other'),
      Protocol: 'HTTP',
      Port: port + 1,
      DefaultActions: [forwardTo(groups.web)],
    });
    await expect(client.send(other)).rejects.toThrow(sdk.TargetGroupAssociationLimitException);
  });
});
