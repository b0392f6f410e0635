/** Work of `slipway-client start`. */
import { text as readAll } from 'node:stream/consumers';
import { type StartRequest, startRelease } from '../../client/index.ts';
import { ConfigurationError } from '../../errors.ts';
import { readRequest } from '../../release/requests/request.ts';
import type { ReleaseOptions } from '../commands/release-options.ts';
import { connect } from '../connect.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { requireAppName } from '../finding/app-name.ts';
import { whoAmI } from '../finding/who-am-i.ts';
import type { CommandContext } from '../program.ts';
import { jsonText, oneLine } from '../render/sanitize.ts';
import { temporalLink } from '../watching/temporal-link.ts';
import { watchAndReport } from '../watching/watch-and-report.ts';

export interface StartOptions extends Partial<ReleaseOptions> {
  readonly input?: string;
  readonly wait?: boolean;
  readonly timeout?: number;
}

export async function start(
  environment: string | undefined,
  options: StartOptions,
  { terminal, cwd }: CommandContext,
): Promise<ExitCode> {
  const request = await requestFrom(environment, options, whoAmI(terminal.env), cwd);
  const client = await connect(terminal.env);
  try {
    const release = await startRelease(client, request);
    if (options.wait) {
      terminal.progress(oneLine(`${release.attached ? 'attached to' : 'started'} ${release.workflowId}`));
      const { timeout } = options;
      return await watchAndReport(client, release, terminal, {
        output: 'json',
        ...(timeout === undefined ? {} : { timeoutMs: timeout * 1_000 }),
      });
    }
    terminal.result(jsonText({ ...release, url: temporalLink(terminal.env, client, release) ?? null }));
    return EXIT.ok;
  } finally {
    await client.close();
  }
}

/** Options go before what the JSON says. @throws ConfigurationError */
async function requestFrom(
  environment: string | undefined,
  { app, sha, input, allowOlder, force, overrideFreeze }: StartOptions,
  startedBy: string,
  cwd: string,
): Promise<StartRequest> {
  const given = input === undefined ? {} : jsonObject(input === '-' ? await readAll(process.stdin) : input);
  const options = { environment, app, sha, allowOlder, force, overrideFreeze };
  const said = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const { request, problem } = readRequest({ startedBy, ...given, ...said });
  if (request === null) {
    throw new ConfigurationError(problem, { advice: 'slipway-client start <environment> --sha <commit>' });
  }
  const { sha: commit } = request;
  return {
    ...request,
    app: await requireAppName(request.app, cwd),
    sha: /^[0-9a-f]{40}$/i.test(commit) ? commit.toLowerCase() : commit,
  };
}

function jsonObject(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ConfigurationError(`--input is not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new ConfigurationError('--input: expected a JSON object');
}
