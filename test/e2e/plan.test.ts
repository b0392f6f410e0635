/**
 * `slipway plan` on the real local stack with the real CLI: it says what the release after it does, and nothing is any
 * different for its having asked. The tests follow each other as one story.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DescribeImagesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { DescribeServicesCommand, ECSClient, ListTaskDefinitionsCommand } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ReleasePreview } from '../../src/release/preview/preview.ts';
import { commitProgram } from './one-service.ts';
import { type OneServiceStack, startOneServiceStack } from './one-service-stack.ts';

const SETUP_MS = 240_000;
const RELEASE_MS = 120_000;

const SECRET = 'a value that is nobody’s business';

/** What infrastructure code has registered, but for its size and a variable. */
const TASK_DEFINITION = {
  family: 'hello',
  requiresCompatibilities: ['FARGATE'],
  networkMode: 'awsvpc',
  cpu: '512',
  memory: '1024',
  executionRoleArn: 'arn:aws:iam::000000000000:role/execution',
  containerDefinitions: [
    {
      name: 'app',
      image: 'set by Slipway',
      portMappings: [{ containerPort: 8080 }],
      environment: [{ name: 'GREETING', value: SECRET }],
      logConfiguration: {
        logDriver: 'awslogs',
        options: {
          'awslogs-group': '/hello',
          'awslogs-region': 'eu-central-1',
          'awslogs-stream-prefix': 'hello',
          'awslogs-create-group': 'true',
        },
      },
    },
  ],
};

let stack: OneServiceStack;
let first: string;
let second: string;

beforeAll(async () => {
  stack = await startOneServiceStack(async (folder) => {
    first = await commitProgram(folder, 'first');
    await writeFile(join(folder, 'task-definition.json'), JSON.stringify(TASK_DEFINITION));
    await writeFile(
      join(folder, 'slipway.yaml'),
      `app: hello
checks:
  compiles: { run: python3 -m py_compile hello.py }
images:
  hello: { repository: hello }
services:
  hello: { image: hello, taskDefinition: task-definition.json, health: { path: /, commit: commit } }
environments:
  production: { cluster: hello, timing: { poll: 1s } }
`,
    );
    second = await commitProgram(folder, 'second, twice the size');
  });
}, SETUP_MS);

afterAll(() => stack?.remove(), SETUP_MS);

/** All that a release changes. */
const world = async (): Promise<unknown> => {
  const [ecs, ecr] = [new ECSClient(stack.aws), new ECRClient(stack.aws)];
  const { services } = await ecs.send(new DescribeServicesCommand({ cluster: 'hello', services: ['hello'] }));
  const { taskDefinitionArns } = await ecs.send(new ListTaskDefinitionsCommand({}));
  const { imageDetails = [] } = await ecr.send(new DescribeImagesCommand({ repositoryName: 'hello' }));
  return {
    services: services?.map(({ taskDefinition, desiredCount, deployments = [] }) => ({
      taskDefinition,
      desiredCount,
      deployments: deployments.map(({ id, status }) => ({ id, status })),
    })),
    taskDefinitionArns,
    images: imageDetails.map(({ imageDigest, imageTags = [] }) => ({
      imageDigest,
      imageTags: imageTags.toSorted(),
    })),
  };
};

/** Plans twice, for people and for programs, and looks whether anything is any different. */
const plan = async (
  sha: string,
  ...more: readonly string[]
): Promise<{
  readonly exitCode: number | undefined;
  readonly page: string;
  readonly json: ReleasePreview;
}> => {
  const before = await world();
  const args = ['plan', 'production', '--sha', sha, ...more];
  const page = await stack.slipway(...args);
  const json = await stack.slipway(...args, '--json');
  expect(await world()).toEqual(before);
  expect(json.exitCode).toBe(page.exitCode);
  expect(page.stdout + json.stdout + page.stderr).not.toContain(SECRET);
  return { exitCode: page.exitCode, page: page.stdout, json: JSON.parse(json.stdout) as ReleasePreview };
};

describe('a plan', () => {
  it(
    'of a first release says what is built, and that there is nothing to go back to; then it is so',
    async () => {
      const { exitCode, page, json } = await plan(first);
      expect(exitCode).toBe(0);
      expect(json).toMatchObject({
        outcome: 'begin',
        serving: null,
        queue: { number: 1, turn: { kind: 'granted' } },
        images: [{ name: 'hello', source: 'build', digest: null }],
        services: [{ name: 'hello', base: 'live', rollback: { to: null } }],
      });
      expect(page).toContain('✓ would begin  hello → production');
      expect(page).toMatch(/± container app: image hello:none-yet → :[0-9a-f]{12}$/m);
      expect(page).toContain('nothing to go back to');
      // No environment was started for it either.
      expect((await stack.slipway('status', 'production')).exitCode).toBe(2);
      const deployed = await stack.slipway('deploy', 'production', '--sha', first);
      expect(deployed.exitCode).toBe(0);
      expect(await stack.servedCommit()).toBe(first);
      const shown = await stack.slipway('show', 'production', '1');
      expect(shown.exitCode).toBe(0);
    },
    RELEASE_MS,
  );

  it(
    'of the commit that serves says that it is in place; brought again, its image is reused',
    async () => {
      const { exitCode, page, json } = await plan(first);
      expect(exitCode).toBe(0);
      expect(json).toMatchObject({ outcome: 'in-place', serving: { number: 1, order: 'same' } });
      expect(page).toContain('✓ in place');
      const forced = await plan(first, '--force');
      expect(forced.json).toMatchObject({
        outcome: 'begin',
        images: [{ source: 'reuse', digest: expect.stringMatching(/^sha256:/) }],
        services: [{ changes: [], rollback: { problems: [], unchecked: [] } }],
      });
      expect(forced.page).toContain('the same again');
    },
    RELEASE_MS,
  );

  it(
    'shows what a task definition of the repository changes, by name and without values; then just that is changed',
    async () => {
      const { exitCode, page, json } = await plan(second);
      expect(exitCode).toBe(0);
      expect(json).toMatchObject({ outcome: 'begin', serving: { order: 'newer' } });
      const [service] = json.services;
      expect(service).toMatchObject({ base: 'repository', drift: null, breaker: false });
      expect(service?.changes).toEqual([
        'cpu 256 → 512',
        'memory 512 → 1024',
        expect.stringMatching(/^container app: image hello@sha256:[0-9a-f]{12} → :[0-9a-f]{12}$/),
        'container app: variable GREETING is new',
      ]);
      expect(page).toContain('± cpu 256 → 512');
      expect((await stack.slipway('deploy', 'production', '--sha', second)).exitCode).toBe(0);
      expect(await stack.servedCommit()).toBe(second);
      const after = await plan(second, '--force');
      expect(after.json.services[0]?.changes).toEqual([]);
    },
    RELEASE_MS,
  );

  it(
    'tells what somebody else has changed, and what becomes of it',
    async () => {
      await stack.changeByHand((container) => ({
        ...container,
        environment: [...(container.environment ?? []), { name: 'DEBUG', value: SECRET }],
      }));
      const { json, page } = await plan(second);
      expect(json).toMatchObject({
        outcome: 'begin',
        services: [
          {
            drift: {
              state: 'changed',
              since: 2,
              changes: [{ text: 'container app: variable DEBUG is new', fate: 'overwritten' }],
            },
          },
        ],
      });
      expect(page).toContain('overwritten: container app: variable DEBUG is new');
    },
    RELEASE_MS,
  );

  it(
    'ends as the release would: refused where it is older or frozen, a mistake where the name is one',
    async () => {
      const older = await plan(first);
      expect(older.exitCode).toBe(6);
      expect(older.page).toContain(`${first.slice(0, 12)} is older than ${second.slice(0, 12)}`);
      await stack.slipway('freeze', 'production', '--reason', 'black friday', '--who', 'ada');
      const frozen = await plan(second, '--force');
      expect(frozen.exitCode).toBe(6);
      expect(frozen.page).toContain('frozen by ada until somebody ends it: black friday');
      expect((await plan(second, '--override-freeze', 'it burns')).exitCode).toBe(0);
      await stack.slipway('unfreeze', 'production');
      const nowhere = await stack.slipway('plan', 'prodution');
      expect(nowhere.exitCode).toBe(2);
      expect(nowhere.stderr).toContain('there is no environment "prodution"');
      expect(nowhere.stderr).toContain('production');
    },
    RELEASE_MS,
  );
});
