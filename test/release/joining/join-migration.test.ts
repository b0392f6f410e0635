import { describe, expect, it } from '@jest/globals';
import { joinMigration } from '../../../src/release/joining/join-migration.ts';
import type { LiveContainer, LiveFacts, LiveService } from '../../../src/release/joining/live-facts.ts';
import type { BakePlan, MigrationSpec, ReleaseSpec, ServicePlan } from '../../../src/release/plan.ts';

const container = (name: string, more: Partial<LiveContainer> = {}): LiveContainer => ({
  name,
  essential: true,
  findsItsLogs: true,
  ...more,
});
const migration: MigrationSpec = {
  service: 'api',
  command: ['migrate'],
  reversible: true,
  timeoutMs: 1_000,
};

interface Situation {
  readonly migration?: MigrationSpec;
  readonly bake?: Partial<BakePlan>;
  /** Container → image, as the plan has resolved it. */
  readonly mapped?: Readonly<Record<string, string>>;
  readonly containers?: readonly LiveContainer[];
  readonly alarms?: readonly string[];
}

const join = (situation: Situation) => {
  const { mapped = { app: 'api' }, containers = [container('app'), container('proxy')] } = situation;
  const spec = {
    services: [{ name: 'api', service: 'shop-api', containers: mapped }],
    ...(situation.migration && { migration: situation.migration }),
    ...(situation.bake && { bake: { durationMs: 1_000, alarms: [], logs: [], ...situation.bake } }),
  } as unknown as ReleaseSpec;
  const services = [{ name: 'api', service: 'shop-api', containers: mapped }] as unknown as ServicePlan[];
  const live: LiveFacts = {
    services: [{ service: 'shop-api', containers } as unknown as LiveService],
    repositories: [],
    alarms: situation.alarms ?? [],
    standing: null,
  };
  const problems: string[] = [];
  const report = (kind: string, text: string): null => {
    problems.push(`${kind}: ${text}`);
    return null;
  };
  return { migration: joinMigration(spec, services, live, report), problems };
};

describe('a migration', () => {
  it("runs in the container of the service's image", () => {
    expect(join({ migration })).toEqual({ migration: { ...migration, container: 'app' }, problems: [] });
  });

  it('runs in the container that is named, though none of the release', () => {
    const named = { ...migration, container: 'proxy' };
    expect(join({ migration: named })).toEqual({ migration: named, problems: [] });
  });

  it('is none where none is asked for', () => {
    expect(join({})).toEqual({ migration: null, problems: [] });
  });

  it.each<[string, Situation, RegExp]>([
    [
      'a container that is not there',
      { migration: { ...migration, container: 'ap' } },
      /service api has no container named ap; it has app, proxy$/,
    ],
    [
      'one of several containers, unnamed',
      { migration, mapped: { app: 'api', proxy: 'proxy' } },
      /several containers of api run images of this release \(app, proxy\): say in which/,
    ],
    [
      'a container with whose end the task would not end',
      { migration, containers: [container('app', { essential: false }), container('proxy')] },
      /container app of api is not essential/,
    ],
  ])('cannot run in %s', (_what, situation, text) => {
    expect(join(situation)).toEqual({
      migration: null,
      problems: [expect.stringMatching(new RegExp(`^configuration: .*${text.source}`))],
    });
  });
});

describe('a bake time', () => {
  const watch = { service: 'api', pattern: 'ERROR', maximumPerMinute: 0 };

  it('watches what is there', () => {
    const bake = { alarms: ['a'], logs: [watch, { ...watch, container: 'proxy' }] };
    expect(join({ bake, alarms: ['a'] }).problems).toEqual([]);
  });

  it.each<[string, Situation, RegExp]>([
    ['an alarm that is not there', { bake: { alarms: ['a', 'b'] }, alarms: ['a'] }, /no CloudWatch alarm b/],
    [
      'a container that is not there',
      { bake: { logs: [{ ...watch, container: 'ap' }] } },
      /service api has no container named ap/,
    ],
    [
      'a container that logs elsewhere',
      {
        bake: { logs: [{ ...watch, container: 'app' }] },
        containers: [container('app', { findsItsLogs: false }), container('proxy')],
      },
      /container app of api does not log to CloudWatch Logs/,
    ],
    [
      'a service that logs elsewhere',
      { bake: { logs: [watch] }, containers: [container('app', { findsItsLogs: false })] },
      /no container of api logs to CloudWatch Logs/,
    ],
  ])('cannot watch %s', (_what, situation, text) => {
    expect(join(situation).problems).toEqual([expect.stringMatching(text)]);
  });

  it('of a service of which some containers log elsewhere watches the others', () => {
    const containers = [container('app', { findsItsLogs: false }), container('proxy')];
    expect(join({ bake: { logs: [watch] }, containers }).problems).toEqual([]);
  });
});
