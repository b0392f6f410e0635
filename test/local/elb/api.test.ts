import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
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
let freePort: number;
const lines: string[] = [];

async function start(): Promise<void> {
  elb = await createElb({
    stateFile: join(folder, 'elb.json'),
    log: (line) => lines.push(line),
    listenerRetryMs: 20,
  });
  const wire = await startWire([elb.service]);
  client = new sdk.ElasticLoadBalancingV2Client(wire.client);
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-elb-'));
  await start();
  const probe = await listenOn(() => createServer(), 0);
  freePort = probe.port;
  await probe.close();
});

afterEach(async () => {
  await elb.close();
  await killAllApps();
  await rm(folder, { recursive: true, force: true });
});

async function loadBalancer(Name = 'main'): Promise<string> {
  const { LoadBalancers } = await client.send(
    new sdk.CreateLoadBalancerCommand({ Name, Subnets: ['subnet-a'] }),
  );
  return LoadBalancers?.[0]?.LoadBalancerArn ?? '';
}

async function targetGroup(input: Partial<sdk.CreateTargetGroupCommandInput> = {}): Promise<string> {
  const { TargetGroups } = await client.send(
    new sdk.CreateTargetGroupCommand({
      Name: 'api',
      Protocol: 'HTTP',
      Port: 8080,
      TargetType: 'ip',
      HealthCheckPath: '/health',
      ...input,
    }),
  );
  return TargetGroups?.[0]?.TargetGroupArn ?? '';
}

function listener(LoadBalancerArn: string, TargetGroupArn: string, Port = freePort) {
  return client.send(
    new sdk.CreateListenerCommand({
      LoadBalancerArn,
      Protocol: 'HTTP',
      Port,
      DefaultActions: [{ Type: 'forward', TargetGroupArn }],
    }),
  );
}

function healthy(arn: string, targetId: string): Promise<void> {
  return new Promise((resolve) => {
    const check = (): void => {
      if (elb.targetGroups.health(arn, targetId).state !== 'healthy') return;
      end();
      resolve();
    };
    const end = elb.targetGroups.onChange(check);
    check();
  });
}

describe('a load balancer', () => {
  it('is active at localhost at once, and is found by name and ARN', async () => {
    const arn = await loadBalancer();
    for (const by of [{ LoadBalancerArns: [arn] }, { Names: ['main'] }, {}]) {
      const { LoadBalancers } = await client.send(new sdk.DescribeLoadBalancersCommand(by));
      expect(LoadBalancers).toMatchObject([
        { LoadBalancerArn: arn, DNSName: 'localhost', State: { Code: 'active' }, Type: 'application' },
      ]);
    }
    expect(arn).toMatch(
      /^arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer\/app\/main\/[0-9a-f]{16}$/,
    );
  });

  it('made again is the same one; with other settings it is refused', async () => {
    const arn = await loadBalancer();
    expect(await loadBalancer()).toBe(arn);
    const other = new sdk.CreateLoadBalancerCommand({ Name: 'main', Scheme: 'internal' });
    await expect(client.send(other)).rejects.toThrow(sdk.DuplicateLoadBalancerNameException);
  });

  it('that does not exist is told so', async () => {
    const command = new sdk.DescribeLoadBalancersCommand({ Names: ['absent'] });
    await expect(client.send(command)).rejects.toThrow(sdk.LoadBalancerNotFoundException);
  });
});

describe('a target group', () => {
  it('has ELB defaults, and names the load balancers that use it', async () => {
    const arn = await targetGroup();
    const describeIt = async () =>
      (await client.send(new sdk.DescribeTargetGroupsCommand({ TargetGroupArns: [arn] }))).TargetGroups?.[0];
    expect(await describeIt()).toMatchObject({
      TargetGroupName: 'api',
      HealthCheckPath: '/health',
      HealthCheckIntervalSeconds: 30,
      HealthCheckTimeoutSeconds: 5,
      HealthyThresholdCount: 5,
      UnhealthyThresholdCount: 2,
      Matcher: { HttpCode: '200' },
      LoadBalancerArns: [],
    });
    const loadBalancerArn = await loadBalancer();
    await listener(loadBalancerArn, arn);
    expect((await describeIt())?.LoadBalancerArns).toEqual([loadBalancerArn]);
    const { Attributes } = await client.send(
      new sdk.DescribeTargetGroupAttributesCommand({ TargetGroupArn: arn }),
    );
    expect(Attributes).toContainEqual({ Key: 'deregistration_delay.timeout_seconds', Value: '300' });
  });

  it.each([
    ['an interval of 1 s', { HealthCheckIntervalSeconds: 1 }],
    ['a timeout longer than the interval', { HealthCheckIntervalSeconds: 5, HealthCheckTimeoutSeconds: 6 }],
    ['a path without a slash', { HealthCheckPath: 'health' }],
    ['a matcher that is none', { Matcher: { HttpCode: 'ok' } }],
    ['no port', { Port: undefined }],
    ['a protocol that we do not speak', { Protocol: 'TCP' }],
  ] as const)('with %s is refused', async (_what, input) => {
    await expect(targetGroup(input as never)).rejects.toMatchObject({ name: 'ValidationError' });
  });

  it('can be modified; what is not named stays', async () => {
    const TargetGroupArn = await targetGroup();
    const { TargetGroups } = await client.send(
      new sdk.ModifyTargetGroupCommand({ TargetGroupArn, HealthCheckIntervalSeconds: 6 }),
    );
    expect(TargetGroups).toMatchObject([{ HealthCheckIntervalSeconds: 6, HealthCheckPath: '/health' }]);
    const attribute = { Key: 'deregistration_delay.timeout_seconds', Value: '7' };
    await client.send(
      new sdk.ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes: [attribute] }),
    );
    const { Attributes } = await client.send(
      new sdk.DescribeTargetGroupAttributesCommand({ TargetGroupArn }),
    );
    expect(Attributes).toContainEqual(attribute);
    const wrong = { ...attribute, Value: '3601' };
    const command = new sdk.ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes: [wrong] });
    await expect(client.send(command)).rejects.toMatchObject({ name: 'ValidationError' });
  });

  it('in use cannot be deleted; after its listener it can', async () => {
    const [lb, tg] = [await loadBalancer(), await targetGroup()];
    const { Listeners } = await listener(lb, tg);
    const remove = () => client.send(new sdk.DeleteTargetGroupCommand({ TargetGroupArn: tg }));
    await expect(remove()).rejects.toThrow(sdk.ResourceInUseException);
    await client.send(new sdk.DeleteListenerCommand({ ListenerArn: Listeners?.[0]?.ListenerArn }));
    await remove();
    expect(elb.targetGroups.exists(tg)).toBe(false);
  });
});

describe('a listener', () => {
  it.each([
    ['listeners', new sdk.DescribeListenersCommand({})],
    ['rules', new sdk.DescribeRulesCommand({})],
  ])('%s are not described without saying whose', async (_what, command) => {
    await expect(client.send(command as sdk.DescribeRulesCommand)).rejects.toMatchObject({
      message: expect.stringMatching(/^You must specify either/),
    });
  });

  it('listens, and sends requests to the targets that are registered by API', async () => {
    const [lb, tg] = [await loadBalancer(), await targetGroup()];
    await listener(lb, tg);
    const url = `http://localhost:${freePort}/hello`;
    expect((await fetch(url)).status).toBe(503);
    const app = await startApp('a');
    const target = { Id: '127.0.0.1', Port: app.port };
    await client.send(new sdk.RegisterTargetsCommand({ TargetGroupArn: tg, Targets: [target] }));
    await healthy(tg, `127.0.0.1:${app.port}`);
    expect(await (await fetch(url)).text()).toBe('a GET /hello');
    const health = new sdk.DescribeTargetHealthCommand({ TargetGroupArn: tg });
    expect((await client.send(health)).TargetHealthDescriptions).toEqual([
      { Target: target, HealthCheckPort: String(app.port), TargetHealth: { State: 'healthy' } },
    ]);
    await client.send(
      new sdk.DeregisterTargetsCommand({ TargetGroupArn: tg, Targets: [{ Id: '127.0.0.1' }] }),
    );
    expect((await client.send(health)).TargetHealthDescriptions).toEqual([]);
    const asked = new sdk.DescribeTargetHealthCommand({ TargetGroupArn: tg, Targets: [target] });
    expect((await client.send(asked)).TargetHealthDescriptions).toMatchObject([
      { TargetHealth: { State: 'unused', Reason: 'Target.NotRegistered' } },
    ]);
  });

  it('shows the targets that ECS registered under their own id; without a listener they are unused', async () => {
    const [lb, tg] = [await loadBalancer(), await targetGroup()];
    const app = await startApp('task-1');
    app.healthCode = 500;
    elb.targetGroups.register(tg, app);
    const health = async () =>
      (await client.send(new sdk.DescribeTargetHealthCommand({ TargetGroupArn: tg })))
        .TargetHealthDescriptions;
    expect(await health()).toMatchObject([
      { Target: { Id: 'task-1' }, TargetHealth: { State: 'unused', Reason: 'Target.NotInUse' } },
    ]);
    expect(elb.targetGroups.isUsed(tg)).toBe(false);
    await listener(lb, tg);
    expect(elb.targetGroups.isUsed(tg)).toBe(true);
    expect(await health()).toMatchObject([
      { Target: { Id: 'task-1', Port: app.port }, TargetHealth: { State: 'initial' } },
    ]);
  });

  it('on a port that is taken is refused with what is in the way, and leaves nothing behind', async () => {
    const [lb, tg] = [await loadBalancer(), await targetGroup()];
    const stranger = await listenOn(() => createServer(), freePort, ['127.0.0.1']);
    await expect(listener(lb, tg)).rejects.toMatchObject({
      name: 'InvalidConfigurationRequestException',
      message: expect.stringContaining(`port ${freePort} on 127.0.0.1 is already in use`),
    });
    const { Listeners } = await client.send(new sdk.DescribeListenersCommand({ LoadBalancerArn: lb }));
    expect(Listeners).toEqual([]);
    await stranger.close();
    await listener(lb, tg);
    await expect(listener(lb, tg)).rejects.toThrow(sdk.DuplicateListenerException);
  });

  it('can be turned to another target group under running requests', async () => {
    const [lb, blue, green] = [
      await loadBalancer(),
      await targetGroup({ Name: 'blue' }),
      await targetGroup({ Name: 'green' }),
    ];
    const { Listeners } = await listener(lb, blue);
    elb.targetGroups.register(blue, await startApp('blue'));
    elb.targetGroups.register(green, await startApp('green'));
    await healthy(blue, 'blue');
    const url = `http://localhost:${freePort}/`;
    expect(await (await fetch(url)).text()).toBe('blue GET /');
    await client.send(
      new sdk.ModifyListenerCommand({
        ListenerArn: Listeners?.[0]?.ListenerArn,
        DefaultActions: [{ Type: 'forward', TargetGroupArn: green }],
      }),
    );
    expect(elb.targetGroups.health(blue, 'blue').state).toBe('unused');
    await healthy(green, 'green');
    expect(await (await fetch(url)).text()).toBe('green GET /');
  });

  it('goes with its load balancer', async () => {
    const [lb, tg] = [await loadBalancer(), await targetGroup()];
    await listener(lb, tg);
    await client.send(new sdk.DeleteLoadBalancerCommand({ LoadBalancerArn: lb }));
    await expect(fetch(`http://localhost:${freePort}/`)).rejects.toThrow();
  });

  it('speaks HTTP and forwards, and says so when it is asked for more', async () => {
    const [LoadBalancerArn, TargetGroupArn] = [await loadBalancer(), await targetGroup()];
    const forward = [{ Type: 'forward', TargetGroupArn }] as const;
    const https = new sdk.CreateListenerCommand({
      LoadBalancerArn,
      Protocol: 'HTTPS',
      Port: freePort,
      DefaultActions: [...forward],
    });
    await expect(client.send(https)).rejects.toThrow(sdk.UnsupportedProtocolException);
    const network = new sdk.CreateLoadBalancerCommand({ Name: 'net', Type: 'network' });
    await expect(client.send(network)).rejects.toMatchObject({ name: 'ValidationError' });
  });

  it('can be moved to another port', async () => {
    const [lb, tg] = [await loadBalancer(), await targetGroup()];
    const { Listeners } = await listener(lb, tg);
    const probe = await listenOn(() => createServer(), 0);
    await probe.close();
    const ListenerArn = Listeners?.[0]?.ListenerArn;
    await client.send(new sdk.ModifyListenerCommand({ ListenerArn, Port: probe.port }));
    expect((await fetch(`http://localhost:${probe.port}/`)).status).toBe(503);
    await expect(fetch(`http://localhost:${freePort}/`)).rejects.toThrow();
  });
});

describe('what infrastructure tools ask besides', () => {
  it('is answered', async () => {
    const [LoadBalancerArn, tg] = [await loadBalancer(), await targetGroup()];
    const ListenerArn = (await listener(LoadBalancerArn, tg)).Listeners?.[0]?.ListenerArn;
    const limits = await client.send(new sdk.DescribeAccountLimitsCommand({}));
    expect(limits.Limits).toContainEqual({ Name: 'condition-values-per-alb-rule', Max: '5' });
    const certificates = await client.send(new sdk.DescribeListenerCertificatesCommand({ ListenerArn }));
    expect(certificates.Certificates).toEqual([]);
    expect((await client.send(new sdk.DescribeSSLPoliciesCommand({}))).SslPolicies).toEqual([]);
  });

  it('as attributes of load balancers and listeners is kept; a protected load balancer is not deleted', async () => {
    const [LoadBalancerArn, tg] = [await loadBalancer(), await targetGroup()];
    const ListenerArn = (await listener(LoadBalancerArn, tg)).Listeners?.[0]?.ListenerArn;
    const attribute = { Key: 'routing.http.response.server.enabled', Value: 'false' };
    await client.send(new sdk.ModifyListenerAttributesCommand({ ListenerArn, Attributes: [attribute] }));
    const ofListener = await client.send(new sdk.DescribeListenerAttributesCommand({ ListenerArn }));
    expect(ofListener.Attributes).toEqual([attribute]);
    const protect = (Value: string) =>
      client.send(
        new sdk.ModifyLoadBalancerAttributesCommand({
          LoadBalancerArn,
          Attributes: [{ Key: 'deletion_protection.enabled', Value }],
        }),
      );
    await protect('true');
    const { Attributes } = await client.send(
      new sdk.DescribeLoadBalancerAttributesCommand({ LoadBalancerArn }),
    );
    expect(Attributes).toContainEqual({ Key: 'deletion_protection.enabled', Value: 'true' });
    const remove = () => client.send(new sdk.DeleteLoadBalancerCommand({ LoadBalancerArn }));
    await expect(remove()).rejects.toThrow(sdk.OperationNotPermittedException);
    await protect('false');
    await remove();
  });
});

describe('resource tags', () => {
  it('are kept on load balancers, target groups and listeners', async () => {
    const [lb, tg] = [await loadBalancer(), await targetGroup()];
    const { Listeners } = await listener(lb, tg);
    const arns = [lb, tg, Listeners?.[0]?.ListenerArn ?? ''];
    await client.send(
      new sdk.AddTagsCommand({
        ResourceArns: arns,
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'b', Value: '2' },
        ],
      }),
    );
    await client.send(new sdk.RemoveTagsCommand({ ResourceArns: arns, TagKeys: ['a'] }));
    const { TagDescriptions } = await client.send(new sdk.DescribeTagsCommand({ ResourceArns: arns }));
    expect(TagDescriptions).toEqual(
      arns.map((ResourceArn) => ({ ResourceArn, Tags: [{ Key: 'b', Value: '2' }] })),
    );
  });
});

describe('a restart', () => {
  it('opens the listeners again, and the targets registered by API are served', async () => {
    const [lb, tg] = [await loadBalancer(), await targetGroup()];
    await listener(lb, tg);
    const app = await startApp('a');
    await client.send(
      new sdk.RegisterTargetsCommand({ TargetGroupArn: tg, Targets: [{ Id: '127.0.0.1', Port: app.port }] }),
    );
    await elb.close();
    await start();
    await healthy(tg, `127.0.0.1:${app.port}`);
    await elb.start();
    expect(await (await fetch(`http://localhost:${freePort}/`)).text()).toBe('a GET /');
  });

  describe('while another program has the port of a listener', () => {
    const stateOf = async (arn: string) =>
      (await client.send(new sdk.DescribeLoadBalancersCommand({ LoadBalancerArns: [arn] })))
        .LoadBalancers?.[0]?.State;

    async function restartWithPortTaken() {
      const lb = await loadBalancer();
      const made = await listener(lb, await targetGroup());
      await elb.close();
      lines.length = 0;
      const other = await listenOn(
        () => createServer((_request, response) => response.end('other')),
        freePort,
      );
      await start();
      await elb.start();
      return { lb, listenerArn: made.Listeners?.[0]?.ListenerArn ?? '', other };
    }

    it('starts all the same, says which load balancer lacks it, and opens it when it is free', async () => {
      const { lb, other } = await restartWithPortTaken();
      expect(lines).toEqual([
        expect.stringMatching(new RegExp(`load balancer main: .*port ${freePort} .*already in use`)),
      ]);
      expect(await stateOf(lb)).toEqual({
        Code: 'active_impaired',
        Reason: expect.stringContaining(`port ${freePort}`),
      });
      await other.close();
      await until(async () => (await stateOf(lb))?.Code === 'active');
      expect(await stateOf(lb)).toEqual({ Code: 'active' });
      // ELB's own answer where no target is registered.
      expect((await fetch(`http://localhost:${freePort}/`)).status).toBe(503);
      expect(lines.at(-1)).toBe(`load balancer main: port ${freePort} is free again, its listener is open`);
    });

    it('the listener can be deleted, and then stays away', async () => {
      const { lb, listenerArn, other } = await restartWithPortTaken();
      await client.send(new sdk.DeleteListenerCommand({ ListenerArn: listenerArn }));
      expect(await stateOf(lb)).toEqual({ Code: 'active' });
      await other.close();
      await new Promise((resolve) => setTimeout(resolve, 60));
      await expect(fetch(`http://localhost:${freePort}/`)).rejects.toThrow();
    });

    it('the listener can be moved to a port that is free', async () => {
      const { lb, listenerArn, other } = await restartWithPortTaken();
      const probe = await listenOn(() => createServer(), 0);
      await probe.close();
      await client.send(new sdk.ModifyListenerCommand({ ListenerArn: listenerArn, Port: probe.port }));
      expect(await stateOf(lb)).toEqual({ Code: 'active' });
      expect((await fetch(`http://localhost:${probe.port}/`)).status).toBe(503);
      await other.close();
    });
  });
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}
