/**
 * The checks of a commit, of a pull request perhaps: nobody has reviewed its `slipway.yaml`, so that nothing of it
 * counts but what to run on the pool that has no rights.
 */
import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { CONFIGURATION_FILE, parseConfiguration } from '../config/parse-configuration.ts';
import { checkPlans } from '../config/spec-for.ts';
import { ConfigurationError } from '../errors.ts';
import { isPullRequest } from '../release/checks.ts';
import { CHECKS_WORKFLOW, checksWorkflowId } from '../release/names.ts';
import type { CheckPlan } from '../release/plan.ts';
import { openRepository, type Repository } from '../source/repository.ts';
import type { CheckSourceActivities, ChecksReading } from './contracts/checks.ts';
import { gitHubPlaceOf } from './github-place.ts';
import { withHeartbeat } from './heartbeat.ts';
import { repositoryFor, type SourcePorts } from './source.ts';

/** Nobody has looked at the file: what it makes of Temporal's history is bounded. */
const MOST_CHECKS = 200;
const LONGEST_CHECKS = 500_000;
const LONGEST_PROBLEM = 2_000;
const LONGEST_LINE = 300;

export const createCheckSource = (ports: SourcePorts): CheckSourceActivities => ({
  readChecks: (input) =>
    withHeartbeat('fetching', async (heart): Promise<ChecksReading> => {
      const [app, url] = repositoryFor(ports.repositories, input.app);
      const repository = await openRepository({
        url,
        folder: ports.folder,
        signal: Context.current().cancellationSignal,
        onProgress: heart.line,
      });
      const { commit, head, isPushed } = await commitFor(repository, input);
      const github = gitHubPlaceOf(ports, app);
      const about = { app, commit, ...(github && { github }) };
      if (head !== commit.sha) return { kind: 'outdated', ...about, head };
      heart.phase('reading the configuration');
      const checks = await checksOf(repository, commit.sha, app);
      if (checks instanceof ConfigurationError) {
        const { message, evidence } = checks;
        return {
          kind: 'unreadable',
          ...about,
          problem: cut(message, LONGEST_PROBLEM),
          evidence: evidence.map((line) => cut(line, LONGEST_LINE)),
        };
      }
      heart.phase('storing the source');
      const source = await repository.archive(commit.sha, (content) => ports.store.putArchive(content));
      const workspace =
        input.pullRequest === undefined
          ? app
          : `${app}@${isPushed ? 'pull-requests' : `fork-${input.pullRequest}`}`;
      return { kind: 'read', ...about, source, workspace, checks };
    }),

  async endOlderChecks({ app, pullRequest, sha, startedAtMs }) {
    const { client } = Context.current();
    const own = checksWorkflowId(app, sha);
    const ended: string[] = [];
    const query = `WorkflowType = '${CHECKS_WORKFLOW}' AND ExecutionStatus = 'Running'`;
    for await (const { workflowId, runId, memo, startTime } of client.workflow.list({ query })) {
      const isOther = memo?.app === app && memo.pullRequest === pullRequest && memo.sha !== sha;
      const isOlder = isOther && startTime.getTime() < startedAtMs;
      if (!isOlder || workflowId === own) continue;
      try {
        await client.workflow.getHandle(workflowId, runId).cancel();
        ended.push(workflowId);
      } catch (error) {
        // It has ended by itself in the meantime.
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    }
    return ended;
  },
});

const commitFor = async (
  repository: Repository,
  { sha, pullRequest }: { readonly sha: string; readonly pullRequest?: number },
): ReturnType<Repository['resolvePullRequest']> => {
  if (pullRequest === undefined) {
    const commit = await repository.resolve(sha);
    return { commit, head: commit.sha, isPushed: true };
  }
  if (isPullRequest(pullRequest)) return repository.resolvePullRequest(pullRequest, sha);
  throw new ConfigurationError('not the number of a pull request');
};

const checksOf = async (
  repository: Repository,
  sha: string,
  app: string,
): Promise<readonly CheckPlan[] | ConfigurationError> => {
  try {
    const text = await repository.readFile(sha, CONFIGURATION_FILE);
    if (text === undefined) return new ConfigurationError(`there is no ${CONFIGURATION_FILE} in its root`);
    const configuration = parseConfiguration(text);
    if (configuration.app !== app) {
      return new ConfigurationError(
        `${configuration.at(['app'])}: expected ${JSON.stringify(app)}, got ${JSON.stringify(configuration.app)}`,
      );
    }
    const checks = checkPlans(configuration);
    if (checks.length <= MOST_CHECKS && JSON.stringify(checks).length <= LONGEST_CHECKS) return checks;
    return new ConfigurationError(
      `${configuration.at(['checks'])}: expected at most ${MOST_CHECKS} checks of ${LONGEST_CHECKS / 1_000} kB together`,
    );
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
};

const cut = (text: string, longest: number): string =>
  text.length <= longest ? text : `${text.slice(0, longest)}…`;
