/**
 * `serve.yaml`: which events of which repositories start which releases and checks. A repository that is not named here starts
 * nothing, whatever it signs.
 */
import { z } from 'zod';
import { duration, plainName } from '../config/fields.ts';
import { parseYaml } from '../config/parse-yaml.ts';
import type { Problem } from '../config/problems.ts';
import { DEFAULT_RECEIVER } from '../release/names.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const BRANCH = 'expected a branch in full, such as refs/heads/main';
const WORKFLOW = 'expected the file of the workflow in .github/workflows, such as ci.yml';
const REPOSITORY =
  'expected the number of the repository, which a rename does not change: gh api repos/<owner>/<name> --jq .id';

/** Compared as it is, letter by letter: no patterns, no tags. */
const branchRef = z
  .string({ error: BRANCH })
  .max(100, { error: `${BRANCH}, of at most 100 characters` })
  .regex(/^refs\/heads\/(?!.*(?:\.\.|\/\/|\.lock$))[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9_-])?$/, {
    error: BRANCH,
  });

const repositoryId = z
  .number({ error: REPOSITORY })
  .int({ error: REPOSITORY })
  .positive({ error: REPOSITORY });

const reconcile = z
  .union([z.literal(false), duration(10_000)], { error: 'expected an interval such as 5m, or false' })
  .optional();

const deployment = z.strictObject({
  repository: repositoryId,
  ref: branchRef,
  on: z.enum(['push', 'workflow_run', 'deployment']).default('push'),
  workflow: z
    .string({ error: WORKFLOW })
    .regex(/^[\w.-]+\.ya?ml$/, { error: WORKFLOW })
    .optional(),
  githubEnvironment: z
    .string()
    .min(1)
    .max(255)
    .regex(/^\P{Cc}+$/u)
    .optional(),
  app: plainName,
  environment: plainName,
  reconcile,
});

/** Of these the pull requests are checked. */
const pullRequests = z.strictObject({ repository: repositoryId, app: plainName, reconcile });

const schema = z.strictObject({
  name: plainName.default(DEFAULT_RECEIVER),
  maximumAge: duration(60_000).default(3 * DAY_MS),
  deployments: z.array(deployment).min(1).max(100).default([]),
  pullRequests: z.array(pullRequests).min(1).max(100).default([]),
});

export type Deployment = z.output<typeof deployment>;

export type PullRequests = z.output<typeof pullRequests>;

export interface ServeConfiguration extends z.output<typeof schema> {}

export const DEFAULT_RECONCILE_MS = 5 * 60_000;

/** Errors: `ConfigurationError`, one line per problem, as of `slipway.yaml`. */
export const parseServeConfiguration = (text: string, file: string): ServeConfiguration =>
  parseYaml(text, file, { schema, crossCheck, advice: 'docs/webhook.md lists every key' }).data;

/** How often it is looked whether a push was missed; null: never. */
export const reconcileEveryMs = ({ on, reconcile }: Deployment): number | null => {
  if (on !== 'push' || reconcile === false) return null;
  return reconcile ?? DEFAULT_RECONCILE_MS;
};

/** The same of pull requests. */
export const pullsEveryMs = ({ reconcile: every }: PullRequests): number | null =>
  every === false ? null : (every ?? DEFAULT_RECONCILE_MS);

const crossCheck = (configuration: ServeConfiguration): readonly Problem[] => [
  ...nothingAtAll(configuration),
  ...deploymentProblems(configuration),
  ...pullRequestProblems(configuration),
];

const nothingAtAll = ({ deployments, pullRequests }: ServeConfiguration): readonly Problem[] =>
  deployments.length + pullRequests.length > 0
    ? []
    : [
        {
          path: ['deployments'],
          message: 'is missing, and so is pullRequests: nothing would ever be started',
        },
      ];

const deploymentProblems = ({ deployments }: ServeConfiguration): readonly Problem[] =>
  deployments.flatMap((one, index) => {
    const problem = (key: keyof Deployment, message: string): Problem => ({
      path: ['deployments', index, key],
      message,
    });
    const before = deployments.slice(0, index);
    const place = `${one.environment} of ${one.app}`;
    const problems: Problem[] = [];
    if (one.workflow !== undefined && one.on !== 'workflow_run')
      problems.push(problem('workflow', 'is for `on: workflow_run` only'));
    if (one.githubEnvironment !== undefined && one.on !== 'deployment')
      problems.push(problem('githubEnvironment', 'is for `on: deployment` only'));
    if (one.reconcile !== undefined && one.reconcile !== false && one.on !== 'push') {
      const why = `of \`on: ${one.on}\`, only GitHub knows whether the commit may be deployed`;
      problems.push(problem('reconcile', `is for \`on: push\` only: ${why}`));
    }
    if (before.some(({ app, repository }) => app === one.app && repository !== one.repository))
      problems.push(problem('repository', `app ${one.app} is in another repository above`));
    if (before.some((other) => isSamePlace(other, one) && other.ref !== one.ref))
      problems.push(problem('ref', `${place} comes from another branch above`));
    if (before.some((other) => isSamePlace(other, one) && isSameTrigger(other, one)))
      problems.push(problem('environment', `${place} on ${one.on} is there twice`));
    return problems;
  });

const pullRequestProblems = ({ deployments, pullRequests }: ServeConfiguration): readonly Problem[] =>
  pullRequests.flatMap((one, index) => {
    const problem = (key: keyof PullRequests, message: string): Problem => ({
      path: ['pullRequests', index, key],
      message,
    });
    const before = pullRequests.slice(0, index);
    const problems: Problem[] = [];
    if (before.some(({ repository }) => repository === one.repository))
      problems.push(problem('repository', `${one.repository} is there twice: one app is checked of each`));
    if (isElsewhere(one, before)) problems.push(problem('app', `${one.app} is in another repository above`));
    if (isElsewhere(one, deployments))
      problems.push(problem('app', `${one.app} is deployed from another repository (deployments)`));
    return problems;
  });

const isElsewhere = ({ app, repository }: PullRequests, others: readonly PullRequests[]): boolean =>
  others.some((other) => other.app === app && other.repository !== repository);

const isSamePlace = (one: Deployment, other: Deployment): boolean =>
  one.app === other.app && one.environment === other.environment;

const isSameTrigger = (one: Deployment, other: Deployment): boolean =>
  one.on === other.on && one.workflow === other.workflow && one.githubEnvironment === other.githubEnvironment;
