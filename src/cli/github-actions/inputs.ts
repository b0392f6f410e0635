/** What a workflow asks of the Action, out of the environment; everything that is wrong with it is said at once. */
import { ConfigurationError } from '../../errors.ts';
import { parseDuration } from '../commands/parse-options.ts';
import { inputVariable, OFFICIAL_INPUTS } from './official-inputs.ts';

export interface ActionInputs {
  readonly app: string | undefined;
  readonly environment: string | undefined;
  readonly sha: string;
  readonly cluster: string | undefined;
  readonly service: string | undefined;
  readonly taskDefinition: string | undefined;
  readonly detach: boolean;
  /** How long to watch; undefined: until the release ends. */
  readonly timeoutMs: number | undefined;
  readonly allowOlder: boolean;
  readonly force: boolean;
  readonly overrideFreeze: string | undefined;
  readonly warnings: readonly string[];
}

/** As the official action. */
const MOST_MINUTES = 360;

/** @throws ConfigurationError with a line for each problem */
export function readInputs(env: NodeJS.ProcessEnv): ActionInputs {
  const problems: string[] = [];
  const warnings: string[] = [];
  const text = (name: string): string | undefined => env[inputVariable(name)]?.trim() || undefined;
  const isYes = (name: string): boolean | undefined => {
    const given = text(name)?.toLowerCase();
    if (given === undefined || given === 'true' || given === 'false') return given && given === 'true';
    problems.push(`${name}: expected true or false, got ${JSON.stringify(text(name))}`);
    return undefined;
  };

  for (const input of OFFICIAL_INPUTS) {
    const given = text(input.name);
    if (input.fate === 'used' || given === undefined || input.name === 'task-definition') continue;
    if (input.fate === 'ignored') warnings.push(`${input.name} is left aside: ${input.instead}`);
    // `run-task: false` is what the official action does without it.
    else if (given.toLowerCase() !== 'false') problems.push(`${input.name} is not taken: ${input.instead}`);
  }

  const wait = isYes('wait-for-service-stability');
  const detach = isYes('detach');
  if (wait === true && detach === true) {
    problems.push('detach: true and wait-for-service-stability: true contradict each other');
  }
  const inputs = {
    app: text('app'),
    environment: text('environment'),
    sha: commitOf(text('sha'), env, problems),
    cluster: text('cluster'),
    service: text('service'),
    taskDefinition: text('task-definition'),
    // Who says nothing waits, other than with the official action: a job that does not would be green whatever comes of it.
    detach: detach ?? wait === false,
    timeoutMs: timeoutOf(text('timeout'), text('wait-for-minutes'), problems, warnings),
    allowOlder: isYes('allow-older') ?? false,
    force: [isYes('force'), isYes('force-new-deployment')].includes(true),
    overrideFreeze: text('override-freeze'),
    warnings,
  };
  if (problems.length > 0) {
    throw new ConfigurationError(problems.join('\n'), {
      advice: 'Nothing was started. Mend the inputs of the step (docs/github-actions.md).',
    });
  }
  return inputs;
}

/** Events whose GITHUB_SHA is another commit than the one that people mean. */
const OTHER_COMMIT: Readonly<Record<string, string>> = {
  pull_request: 'github.event.pull_request.head.sha',
  pull_request_target: 'github.event.pull_request.head.sha',
  workflow_run: 'github.event.workflow_run.head_sha',
};

function commitOf(given: string | undefined, env: NodeJS.ProcessEnv, problems: string[]): string {
  if (given !== undefined) return /^[0-9a-f]{40}$/i.test(given) ? given.toLowerCase() : given;
  const meant = OTHER_COMMIT[env.GITHUB_EVENT_NAME ?? ''];
  if (meant !== undefined) {
    problems.push(`sha: on ${env.GITHUB_EVENT_NAME} it has to be given, such as \${{ ${meant} }}`);
  } else if (!env.GITHUB_SHA) problems.push('sha: which commit? GITHUB_SHA is not set');
  return env.GITHUB_SHA ?? '';
}

function timeoutOf(
  timeout: string | undefined,
  minutes: string | undefined,
  problems: string[],
  warnings: string[],
): number | undefined {
  if (timeout !== undefined && minutes !== undefined) {
    problems.push('timeout and wait-for-minutes say the same: give one of them');
    return undefined;
  }
  if (minutes !== undefined) {
    const count = Number(minutes);
    if (Number.isFinite(count) && count > 0) {
      if (count > MOST_MINUTES) warnings.push(`wait-for-minutes: ${MOST_MINUTES} is the most, and is taken`);
      return Math.min(count, MOST_MINUTES) * 60_000;
    }
    problems.push(`wait-for-minutes: expected a number above 0, got ${JSON.stringify(minutes)}`);
    return undefined;
  }
  if (timeout === undefined) return undefined;
  try {
    return parseDuration(/^\d+$/.test(timeout) ? `${timeout}s` : timeout);
  } catch (error) {
    problems.push(`timeout: ${(error as Error).message} Got ${JSON.stringify(timeout)}.`);
    return undefined;
  }
}
