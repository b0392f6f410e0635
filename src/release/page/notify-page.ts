/** What GitHub is told as a page of Markdown, for Temporal's UI. Pure, and bounded. */
import type { GitHubSubject, Picture } from '../github-status.ts';
import { workflowIdOf } from '../names.ts';
import { bullets, code, fitting, section, table } from './blocks.ts';

/** @param problems what GitHub has refused of it */
export const notifyPage = (
  { repository, sha, runId }: GitHubSubject,
  { deployment, statuses }: Picture,
  problems: readonly string[],
): string =>
  fitting((rows) =>
    [
      `## tells GitHub · ${code(repository)}`,
      bullets([
        `commit ${code(sha)}`,
        `of ${code(workflowIdOf(runId))}`,
        ...(deployment === null
          ? []
          : [`deployment ${code(deployment.state)}: ${code(deployment.description)}`]),
      ]),
      section(
        'Statuses',
        table(
          statuses.slice(0, rows).map(({ context, state, description }) => [state, context, description]),
        ),
      ),
      section('Not told', bullets(problems.slice(0, Math.min(rows, 8)).map((line) => code(line, 300)))),
    ]
      .filter(Boolean)
      .join('\n\n'),
  );
