/** What `slipway doctor` sees of a real Temporal server: with workers and without, its namespace, its search attributes. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { type Finding, runChecks } from '../../src/cli/doctor/finding.ts';
import {
  namespaceCheck,
  poolChecks,
  searchAttributesCheck,
  serverCheck,
  type Temporal,
} from '../../src/cli/doctor/temporal.ts';
import { parseConfiguration } from '../../src/config/parse-configuration.ts';
import { FakePools } from '../fakes/activities.ts';
import { startServer, withPools } from './harness.ts';

let env: TestWorkflowEnvironment;
let temporal: Temporal;
beforeAll(async () => {
  env = await startServer();
  temporal = {
    open: async () => ({ temporal: env.client, address: 'x', namespace: 'default', close: async () => {} }),
    close: async () => {},
  };
});
afterAll(() => env?.teardown());

const CONFIGURATION = parseConfiguration(`app: shop
checks: { tests: { run: "true" } }
images: { web: {} }
services: { web: {} }
environments: { production: { cluster: main }, eu: { cluster: eu, deployQueue: europe } }
`);

const states = async (text = CONFIGURATION): Promise<Readonly<Record<string, string>>> => {
  const findings = await runChecks(poolChecks(temporal, text, 'shop'));
  return Object.fromEntries(findings.map(({ id, state }) => [id.replace('temporal.pool.', ''), state]));
};

it('without workers: what every release needs is broken, each with the command that starts it', async () => {
  const findings = await runChecks(poolChecks(temporal, CONFIGURATION, 'shop'));
  expect(findings.map(({ what, state, fix }: Finding) => `${state} ${what}: ${fix}`)).toEqual([
    'broken pool slipway-control: slipway worker control --repository shop=<address>',
    'broken pool slipway-deploy: slipway worker deploy',
    'broken pool slipway-deploy-europe: slipway worker deploy --queue europe',
    'broken pool slipway-checks: slipway worker checks',
    'warning pool slipway-build-arm64: slipway worker build --architecture arm64',
    'warning pool slipway-build-amd64: slipway worker build --architecture amd64',
  ]);
});

it('a repository without checks needs no pool for them', async () => {
  const without = parseConfiguration(
    'app: shop\nimages: { web: }\nservices: { web: }\nenvironments: { production: { cluster: main } }\n',
  );
  expect(await states(without)).toMatchObject({ 'slipway-control': 'broken', 'slipway-checks': 'warning' });
});

it('with workers: those that ask for work', async () => {
  const seen = await withPools(env, new FakePools(), async () => {
    // They have begun to ask when the server has seen the first question.
    for (;;) {
      const now = await states();
      if (now['slipway-control'] === 'ok' && now['slipway-checks'] === 'ok' && now['slipway-deploy'] === 'ok')
        return now;
    }
  });
  expect(seen['slipway-deploy-europe']).toBe('broken');
});

it('a worker that has gone, and that Temporal still names, asks for no work', async () => {
  const lastAccessTime = { seconds: Math.floor(Date.now() / 1_000) - 120, nanos: 0 };
  const workflowService = {
    describeTaskQueue: async () => ({ pollers: [{ identity: '1@vm', lastAccessTime }] }),
  };
  const connection = { withDeadline: (_ms: number, work: () => unknown) => work() };
  const client = { workflowService, connection };
  const open = async () => ({ temporal: client, address: 'x', namespace: 'default', close: async () => {} });
  const checks = poolChecks({ ...temporal, open } as unknown as Temporal, CONFIGURATION, 'shop');
  const [control] = await runChecks(checks.slice(0, 1));
  expect(control).toMatchObject({
    state: 'warning',
    says: expect.stringMatching(/^the last worker asked for work 2m 0\ds ago: .*no release starts$/),
    fix: 'slipway worker control --repository shop=<address>',
  });
});

describe('the server', () => {
  it('and its namespace', async () => {
    expect(await runChecks([serverCheck(temporal), namespaceCheck(temporal)])).toMatchObject([
      { state: 'ok', says: expect.stringMatching(/^x, version \d/) },
      { state: 'ok', says: expect.stringMatching(/^default; what has ended is kept for \d+ h/) },
    ]);
  });

  it('a namespace that is not there', async () => {
    const other: Temporal = {
      ...temporal,
      open: async () => ({ ...(await temporal.open()), namespace: 'nowhere' }),
    };
    expect(await runChecks([namespaceCheck(other)])).toMatchObject([
      {
        state: 'broken',
        fix: expect.stringContaining('temporal operator namespace create --namespace nowhere'),
      },
    ]);
  });

  it('without search attributes is a warning whose command registers them', async () => {
    const [finding] = await runChecks([searchAttributesCheck(temporal)]);
    expect(finding).toMatchObject({ state: 'warning' });
    const names = [...(finding?.fix ?? '').matchAll(/--name (\w+) --type Keyword/g)].map(
      ([, name = '']) => name,
    );
    expect(names).toHaveLength(4);
    await env.connection.operatorService.addSearchAttributes({
      namespace: 'default',
      searchAttributes: Object.fromEntries(names.map((name) => [name, 2])),
    });
    expect(await runChecks([searchAttributesCheck(temporal)])).toMatchObject([
      { state: 'ok', says: names.join(', ') },
    ]);
  });
});
