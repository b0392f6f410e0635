/**
 * What is read of GitHub's events; everything else of a payload is left out at once. Shapes as in GitHub's documentation
 * ("Webhook events and payloads") and octokit/webhooks, payload-examples.
 */
import { z } from 'zod';

const sha = z.string().regex(/^[0-9a-f]{40}$/);
const repository = z.object({ id: z.number().int().positive() });
const sender = z.object({ login: z.string() }).optional().catch(undefined);
const headCommit = z
  .object({ message: z.string() })
  .nullish()
  .transform((commit) => commit?.message ?? '');

/** Seconds since 1970, or ISO 8601: `pushed_at` is the one in a push and the other elsewhere. → milliseconds */
const instant = z
  .union([
    z.number().transform((seconds) => seconds * 1_000),
    z.string().transform((text) => Date.parse(text)),
  ])
  .refine(Number.isFinite);

export const push = z.object({
  ref: z.string(),
  after: sha,
  deleted: z.boolean(),
  head_commit: headCommit,
  repository: repository.extend({ pushed_at: instant }),
  sender,
});

export const workflowRun = z.object({
  action: z.string(),
  repository,
  workflow: z.object({ path: z.string() }).nullish(),
  workflow_run: z.object({
    event: z.string(),
    conclusion: z.string().nullable(),
    head_branch: z.string().nullable(),
    head_sha: sha,
    head_commit: headCommit,
    head_repository: repository.nullish(),
    updated_at: instant,
  }),
  sender,
});

export const pullRequest = z.object({
  action: z.string(),
  number: z.number().int().positive(),
  repository: repository.extend({ pushed_at: instant.optional().catch(undefined) }),
  pull_request: z.object({
    state: z.string(),
    updated_at: instant,
    /** The repository of a fork may be gone. */
    head: z.object({ sha, repo: repository.nullish() }),
    base: z.object({ repo: repository }),
  }),
  sender,
});

/** An object, or the text of one, as whoever has made it gave it. */
const deploymentPayload = z.unknown().transform((given): unknown => {
  if (typeof given !== 'string') return given;
  try {
    return JSON.parse(given) as unknown;
  } catch {
    return null;
  }
});

export const deployment = z.object({
  action: z.string(),
  repository,
  deployment: z.object({
    sha,
    ref: z.string(),
    task: z.string(),
    environment: z.string(),
    payload: deploymentPayload,
    created_at: instant,
  }),
  /** Of the job of Actions that has made it, if one has. */
  workflow_run: z.unknown(),
  sender,
});
