/** Tells GitHub how a release, or the checks of a commit, stand. Nothing waits for it but who only does that. */
import { Context } from '@temporalio/activity';
import { SlipwayError } from '../errors.ts';
import type { GitHubClient } from '../github/client.ts';
import { tellStatuses } from '../github/commit-statuses.ts';
import { tellDeployment } from '../github/deployments.ts';
import { FULL_SHA } from '../release/checks.ts';
import { isOurContext } from '../release/github-status.ts';
import { workflowIdOf } from '../release/names.ts';
import type { GitHubActivities, Told } from './contracts/github.ts';
import { BEAT_EVERY_MS, whileBeating } from './while-beating.ts';

export interface TellGitHubPorts {
  /** Null: this control worker has no credential for it. */
  readonly github: GitHubClient | null;
  /** App → `owner/name`: no other repository is told anything, whoever starts a notifier. */
  readonly gitHubRepositories?: Readonly<Record<string, string>>;
  /** Address of Temporal's UI as people reach it; absent: no links. */
  readonly temporalUi?: string;
}

export const createTellGitHub =
  ({ github, gitHubRepositories = {}, temporalUi }: TellGitHubPorts): GitHubActivities['tellGitHub'] =>
  async ({ subject, picture, deploymentId }) => {
    const context = Context.current();
    if (github === null) {
      return { deploymentId, problems: ['this control worker has no credential for GitHub'] };
    }
    const isServed =
      Object.hasOwn(gitHubRepositories, subject.app) &&
      gitHubRepositories[subject.app] === subject.repository;
    // It becomes part of a path: of a caller that is no workflow of ours it may be anything.
    if (deploymentId !== null && !Number.isSafeInteger(deploymentId))
      return { deploymentId: null, problems: ['the id of the deployment is not a number'] };
    if (!isServed || !FULL_SHA.test(subject.sha)) {
      const what = `${subject.repository} is not what this control worker tells of app ${subject.app}`;
      return { deploymentId, problems: [isServed ? 'the commit is not a full SHA' : what] };
    }
    // Whoever may start a notifier must not say for others that they have passed.
    const foreign = picture.statuses.find((status) => !isOurContext(status.context));
    if (foreign)
      return {
        deploymentId,
        problems: [`${JSON.stringify(foreign.context.slice(0, 100))} is no status of ours`],
      };
    const signal = context.cancellationSignal;
    const link = linkTo(temporalUi, context.info.workflowNamespace ?? 'default', subject.runId);
    const tell = async (): Promise<Told> => {
      const problems: string[] = [];
      let trouble: unknown;
      /** One half may be refused, or away, and the other one not. */
      const half = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
        try {
          return await work();
        } catch (error) {
          context.cancellationSignal.throwIfAborted();
          if (error instanceof SlipwayError && !error.retryable) {
            problems.push(error.advice === undefined ? error.message : `${error.message} – ${error.advice}`);
          } else trouble ??= error;
          return undefined;
        }
      };
      const { deployment, statuses } = picture;
      const id =
        deployment &&
        (await half(() =>
          tellDeployment(github, { subject, status: deployment, deploymentId, logUrl: link, signal }),
        ));
      await half(() =>
        tellStatuses(github, {
          ...subject,
          statuses,
          again: context.info.attempt > 1,
          targetUrl: link,
          signal,
        }),
      );
      if (trouble !== undefined) throw trouble;
      for (const problem of problems)
        context.log.warn('GitHub is not told', { problem, runId: subject.runId });
      return { deploymentId: id ?? deploymentId, problems };
    };
    const everyMs = Math.min(BEAT_EVERY_MS, (context.info.heartbeatTimeoutMs ?? 4 * BEAT_EVERY_MS) / 4);
    return whileBeating(() => context.heartbeat(), tell, Math.max(20, everyMs));
  };

const linkTo = (ui: string | undefined, namespace: string, runId: string): string | undefined => {
  if (ui === undefined) return undefined;
  const workflowId = workflowIdOf(runId);
  const run = runId.slice(workflowId.length + 1);
  const path = [namespace, 'workflows', workflowId, run, 'history'].map(encodeURIComponent).join('/');
  return `${ui.replace(/\/+$/, '')}/namespaces/${path}`;
};
