/**
 * What a stranger who may write to Temporal can read of containers: what Slipway has brought, and nothing else. The store
 * is a real one; ECS and CloudWatch Logs say what they were asked for.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createReadServiceLog } from '../../src/activities/read-service-log.ts';
import { recordsIn } from '../../src/activities/release-records.ts';
import type { LoggedTask, TasksOf } from '../../src/aws/logged-tasks.ts';
import type { ServiceLogPage, ServiceLogQuestion } from '../../src/release/logs/log-question.ts';
import type { Plan } from '../../src/release/plan.ts';
import { createFolderStore } from '../../src/store/folder-store.ts';
import { planOf, servicePlan } from './world.ts';

const QUEUE = 'slipway-deploy';

let folder: string;
/** In the order in which they were asked for. */
let asked: { cluster: string; of: TasksOf; known: readonly string[] }[];
let definitions: string[];
let streams: string[];
let tasks: readonly LoggedTask[];

const task = (id: string, more: Partial<LoggedTask> = {}): LoggedTask => ({
  id,
  definition: 'arn:x:task-definition/api:7',
  createdAtMs: 1,
  stopped: null,
  isWanted: true,
  ...more,
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-recorded-logs-'));
  asked = [];
  definitions = [];
  streams = [];
  tasks = [task('ours')];
  await keep({ number: 6, cluster: 'shop-before' });
  await keep({ number: 7, cluster: 'shop' });
  await keep({ number: 7, app: 'bank', cluster: 'bank', services: ['vault'] });
  await keep({ number: 7, environment: 'elsewhere', cluster: 'shop', deployQueue: 'elsewhere' });
});
afterEach(() => rm(folder, { recursive: true }));

interface Kept extends Partial<Omit<Plan, 'services'>> {
  readonly number: number;
  readonly services?: readonly string[];
}

const keep = ({ number, services = ['api'], ...more }: Kept): Promise<void> =>
  recordsIn(createFolderStore(folder)).keep({
    number,
    releaseId: `deploy/${more.app ?? 'shop'}/${number}/run`,
    plan: { ...planOf(services.map((name) => servicePlan(name, { service: `ecs-${name}` }))), ...more },
    images: [],
    taskDefinitions: Object.fromEntries(services.map((name) => [name, `arn:x/${name}:${number}`])),
  });

const ask = (more: object): Promise<ServiceLogPage> =>
  createReadServiceLog({
    records: recordsIn(createFolderStore(folder)),
    taskQueue: QUEUE,
    tasks: {
      find: async (cluster, of, known = []) => {
        asked.push({ cluster, of, known });
        return tasks;
      },
      containersOf: async (definition) => {
        definitions.push(definition);
        return [{ name: 'app', logConfiguration: { logDriver: 'awslogs' } }];
      },
    },
    readerOf: ({ name }, id) => {
      streams.push(`${id}/${name}`);
      return {
        start: async () => ({ atMs: 0, taken: 0 }),
        read: async ({ atMs }) =>
          atMs === 0
            ? { events: [{ atMs: 5, lines: ['line'] }], isCut: false }
            : { events: [], isCut: false },
      };
    },
    now: () => 0,
    rest: async () => undefined,
  })({
    kind: 'service',
    app: 'shop',
    environment: 'production',
    releases: [7],
    part: { kind: 'service', name: 'api' },
    cursor: null,
    tail: null,
    sinceMs: null,
    waitMs: 0,
    settleMs: 0,
    ...more,
  } as ServiceLogQuestion);

const cursorOf = (tasksOf: object, more: object = {}): object => ({
  cursor: { tasks: tasksOf, done: [], sinceMs: 0, ...more },
});

describe('where the logs of a service are', () => {
  it('is where its release was recorded to be, by whichever name it is asked for; of an old release, too', async () => {
    await ask({});
    await ask({ part: { kind: 'service', name: 'ecs-api' } });
    const old = await ask({ releases: [5, 6, 7] });
    expect(asked.map(({ cluster, of }) => [cluster, of])).toEqual([
      ['shop', { service: 'ecs-api' }],
      ['shop', { service: 'ecs-api' }],
      ['shop-before', { service: 'ecs-api' }],
    ]);
    expect(old.release).toBe(6);
    expect(definitions).toEqual(Array(3).fill('arn:x:task-definition/api:7'));
  });

  it('goes on over tasks that are replaced, with nothing of a place in the cursor', async () => {
    const first = await ask({});
    expect(first.cursor).toEqual({ tasks: { ours: { app: { atMs: 5, taken: 1 } } }, done: [], sinceMs: 0 });
    tasks = [
      task('next', { definition: 'arn:x:task-definition/api:8', createdAtMs: 9 }),
      task('ours', { stopped: { atMs: -60_000, why: 'task ours stopped: replaced' } }),
    ];
    const second = await ask({ cursor: first.cursor });
    expect(second.lines).toEqual([{ atMs: 5, task: 'next', container: 'app', line: 'line' }]);
    expect(second.notes).toEqual(['task next has started: api:8', 'task ours stopped: replaced']);
    expect(second.cursor).toMatchObject({ tasks: { next: { app: { atMs: 5, taken: 1 } } }, done: ['ours'] });
    expect(asked.at(-1)?.known).toEqual(['ours']);
  });
});

describe('a stranger reads nothing', () => {
  it.each<[string, object, RegExp]>([
    [
      'by a place of his own, as an earlier slipway has named it',
      {
        place: { cluster: 'bank', tasks: { kind: 'service', name: 'vault', service: 'vault' } },
        numbers: [],
      },
      /earlier slipway/,
    ],
    [
      'by a place beside a good question',
      { place: { cluster: 'bank', tasks: { kind: 'migration', releaseId: 'x' } } },
      /earlier slipway/,
    ],
    [
      'by a task definition in the cursor',
      cursorOf({
        ours: { definition: 'arn:x:task-definition/vault:1', streams: { app: { atMs: 0, taken: 0 } } },
      }),
      /input of a question/,
    ],
    [
      'by a group in a position',
      cursorOf({ ours: { app: { atMs: 0, taken: 0, group: '/bank/vault' } } }),
      /input of a question/,
    ],
    ['by more in the cursor', cursorOf({}, { cluster: 'bank' }), /input of a question/],
    [
      'by the ARN of a task of another cluster',
      cursorOf({ 'arn:aws:ecs:eu-west-1:1:task/bank/vault': { app: { atMs: 0, taken: 0 } } }),
      /input of a question/,
    ],
    [
      'by the path of another stream',
      cursorOf({ '../vault': { app: { atMs: 0, taken: 0 } } }),
      /input of a question/,
    ],
    [
      'by the path in the name of a container',
      cursorOf({ ours: { '../vault/app': { atMs: 0, taken: 0 } } }),
      /input of a question/,
    ],
    ['from before time', cursorOf({ ours: { app: { atMs: -1, taken: 0 } } }), /input of a question/],
    [
      'of more tasks than are followed',
      cursorOf(Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`t${n}`, {}]))),
      /input of a question/,
    ],
    [
      'of a service that the release has not',
      { part: { kind: 'service', name: 'vault' } },
      /no service "vault"; it has: api/,
    ],
    [
      'of an ECS service that the release has not',
      { part: { kind: 'service', name: 'ecs-vault' } },
      /no service "ecs-vault"/,
    ],
    ['of a migration that the release has not', { part: { kind: 'migration' } }, /has no migration/],
    ['of a task by its start', { part: { kind: 'startedBy', name: 'x' } }, /input of a question/],
    ['of a release that is not there', { releases: [99] }, /knows nothing of release 99/],
    ['of no release', { releases: [] }, /knows nothing of release \(none\)/],
    ['of releases without end', { releases: Array(11).fill(7) }, /input of a question/],
    [
      'of an environment of another account',
      { environment: 'elsewhere' },
      /not for the deploy workers of slipway-deploy/,
    ],
    ['of another app with our services', { app: 'bank' }, /no service "api"; it has: vault/],
    ['of an app by a path', { app: '../environments/bank' }, /knows nothing/],
    ['of an environment by a path', { environment: '../../bank/production' }, /knows nothing/],
    ['of an environment by its parent', { environment: '..' }, /knows nothing/],
    ['of an app without a name', { app: '' }, /input of a question/],
    ['with anything at all', { part: null }, /input of a question/],
  ])('%s', async (_how, more, why) => {
    const outcome = ask(more);
    await expect(outcome).rejects.toThrow(why);
    await expect(outcome).rejects.toMatchObject({ type: 'ConfigurationError', retryable: false });
    expect({ asked, definitions, streams }).toEqual({ asked: [], definitions: [], streams: [] });
  });

  it('of a task that ECS does not know as one of the service: it is said, and not asked for again', async () => {
    const page = await ask(
      cursorOf({ foreign: { app: { atMs: 0, taken: 0 } }, ours: { app: { atMs: 5, taken: 1 } } }),
    );
    expect(page.notes).toEqual(['task foreign is not known to ECS any more']);
    expect(page.lines).toEqual([]);
    expect(page.cursor).toMatchObject({ tasks: { ours: { app: { atMs: 5, taken: 1 } } }, done: ['foreign'] });
    expect(streams).toEqual(['ours/app']);
  });

  it('of a container that its task does not have', async () => {
    const page = await ask(cursorOf({ ours: { vault: { atMs: 0, taken: 0 } } }));
    expect(page.lines).toEqual([]);
    expect(streams).toEqual(['ours/app']);
  });

  it('where the store was damaged', async () => {
    const store = createFolderStore(folder);
    await store.putDocument('environments/shop/production/records/00000007', { number: 7, plan: {} });
    await expect(ask({})).rejects.toMatchObject({ type: 'StoreDamaged' });
    expect(asked).toEqual([]);
  });
});
