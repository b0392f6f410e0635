/**
 * What a rollback needs, on the real local stack: the plan warns of a lifecycle rule, tags protect images, `slipway gc`
 * clears away what nothing refers to – and a release that it has cleared away can still be gone back to.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DescribeImagesCommand, ECRClient, PutLifecyclePolicyCommand } from '@aws-sdk/client-ecr';
import { DescribeTaskDefinitionCommand, ECSClient } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { GcReport } from '../../src/release/requests/gc-request.ts';
import { commitProgram } from './one-service.ts';
import { type OneServiceStack, startOneServiceStack } from './one-service-stack.ts';

const SETUP_MS = 240_000;
const RELEASE_MS = 240_000;

let stack: OneServiceStack;
let ecr: ECRClient;
const commits: string[] = [];

const KEPT = {
  tagStatus: 'tagged',
  tagPrefixList: ['slipway-keep-'],
  countType: 'imageCountMoreThan',
  countNumber: 1_000,
};
const ONE = { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 1 };

const setRules = (...selections: readonly object[]) => {
  const rules = selections.map((selection, index) => ({
    rulePriority: index + 1,
    description: selection === ONE ? 'keep 1' : 'kept by slipway',
    selection,
    action: { type: 'expire' },
  }));
  const lifecyclePolicyText = JSON.stringify({ rules });
  return ecr.send(new PutLifecyclePolicyCommand({ repositoryName: 'hello', lifecyclePolicyText }));
};

const commit = async (folder: string): Promise<void> => {
  const subject = `number ${commits.length + 1}`;
  commits.push(await commitProgram(folder, subject, (program) => program.replace('"hello"', `"${subject}"`)));
};

/** What the release said. */
const release = async (): Promise<string> => {
  await commit(stack.folder);
  const { exitCode, stdout, stderr } = await stack.slipway('deploy', 'production');
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  return stdout;
};

/** Commit → the tags that protect its image. */
const protectedBy = async (): Promise<Readonly<Record<string, readonly string[]>>> => {
  const { imageDetails = [] } = await ecr.send(new DescribeImagesCommand({ repositoryName: 'hello' }));
  return Object.fromEntries(
    imageDetails.map(({ imageTags = [] }) => [
      imageTags.find((tag) => commits.includes(tag)) ?? '',
      imageTags.filter((tag) => tag.startsWith('slipway-keep-')),
    ]),
  );
};

/** Programs get it whole. */
const arnOf = (name: string) => expect.stringMatching(new RegExp(`^arn:aws:ecs:.*:task-definition/${name}$`));

const gc = async (...args: readonly string[]): Promise<GcReport> => {
  const { exitCode, stdout, stderr } = await stack.slipway('gc', 'production', '--json', ...args);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  return JSON.parse(stdout) as GcReport;
};

beforeAll(async () => {
  stack = await startOneServiceStack(async (folder) => {
    const file = join(folder, 'slipway.yaml');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('timing:', 'keep: { releases: 1, tag: true }, timing:'));
    // The workers look at a repository that has a commit.
    await commitProgram(folder, 'the beginning');
  });
  ecr = new ECRClient(stack.aws);
}, SETUP_MS);

afterAll(async () => {
  ecr?.destroy();
  await stack?.remove();
}, SETUP_MS);

it(
  'the plan warns where a lifecycle rule would delete what serves, until tags protect it from the rule',
  async () => {
    await setRules(ONE);
    expect(await release()).not.toContain('lifecycle rule');
    expect(await release()).toContain(
      'hello: lifecycle rule 1 ("keep 1") will delete the image of release 1, which serves',
    );
    const [first = '', second = ''] = commits;
    expect(await protectedBy()).toEqual({
      [first]: ['slipway-keep-production-0'],
      [second]: ['slipway-keep-production-1'],
    });
    await setRules(KEPT, ONE);
    expect(await release()).not.toContain('lifecycle rule');
    const third = commits[2] ?? '';
    expect(await protectedBy()).toEqual({
      [first]: [],
      [second]: ['slipway-keep-production-1'],
      [third]: ['slipway-keep-production-0'],
    });
  },
  3 * RELEASE_MS,
);

it(
  'slipway gc deregisters what nothing needs, and what it has deregistered can be gone back to',
  async () => {
    expect(await gc()).toMatchObject({ deregistered: [], stopped: null });
    expect(await gc('--min-age', '1s', '--dry-run')).toMatchObject({
      deregistered: [arnOf('hello:2')],
      dryRun: true,
    });
    const report = await gc('--min-age', '1s');
    expect(report).toMatchObject({ keep: 1, deregistered: [arnOf('hello:2')], stopped: null });
    expect(Object.fromEntries(report.kept.map(({ why, revisions }) => [why, revisions]))).toEqual({
      'not registered by Slipway': [arnOf('hello:1')],
      'release 2, to which a rollback may go': [arnOf('hello:3')],
      'release 3, which serves': [arnOf('hello:4')],
    });
    const ecs = new ECSClient(stack.aws);
    const { taskDefinition } = await ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: 'hello:2' }),
    );
    ecs.destroy();
    expect(taskDefinition?.status).toBe('INACTIVE');
    expect(await stack.servedCommit()).toBe(commits[2]);

    const { exitCode, stderr } = await stack.slipway('rollback', 'production', '--to', '1');
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(await stack.servedCommit()).toBe(commits[0]);
  },
  2 * RELEASE_MS,
);
