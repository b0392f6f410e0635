/**
 * Work of the GitHub Action (action.yml): inputs in, a release started or attached to, watched, and told in the words of
 * GitHub. A job that is cancelled lets go of it: the release goes on, and a job that is run again attaches to it.
 */
import { startRelease } from '../../client/index.ts';
import { connect } from '../connect.ts';
import type { ExitCode } from '../exit-codes.ts';
import { whoAmI } from '../finding/who-am-i.ts';
import { processTerminal, type Terminal } from '../terminal.ts';
import { onInterrupt } from '../watching/interrupts.ts';
import { seeOff } from '../watching/see-off.ts';
import { findDestination } from './destination.ts';
import { readInputs } from './inputs.ts';
import { inputVariable } from './official-inputs.ts';
import { annotation, GROUP_END, groupStart, masks, withoutCommands } from './workflow-commands.ts';

/** Variables whose values have no business in a log. */
const SECRETS = [inputVariable('temporal-api-key'), 'TEMPORAL_API_KEY', 'TEMPORAL_TLS_CLIENT_KEY_DATA'];

export async function runAction(terminal: Terminal, cwd: string): Promise<ExitCode> {
  const env = withTemporalInputs(terminal.env);
  const secrets = new Set(SECRETS.map((name) => env[name]?.trim() ?? ''));
  for (const line of [...secrets].flatMap(masks)) terminal.progress(line);
  const inputs = readInputs(env);
  const { app, environment, warnings } = await findDestination(inputs, env.GITHUB_WORKSPACE || cwd);
  for (const message of [...inputs.warnings, ...warnings]) {
    terminal.progress(annotation({ level: 'warning', title: 'Slipway', message }));
  }
  const { sha, allowOlder, force, overrideFreeze, detach, timeoutMs, service } = inputs;
  const client = await connect(env);
  const interrupts = onInterrupt();
  try {
    const release = await startRelease(client, {
      app,
      environment,
      sha,
      startedBy: whoAmI(env),
      ...(allowOlder ? { allowOlder } : {}),
      ...(force ? { force } : {}),
      ...(overrideFreeze === undefined ? {} : { overrideFreeze }),
    });
    const options = {
      output: 'text',
      detach,
      letGo: interrupts.signal,
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs / 1_000 }),
      ...(service === undefined ? {} : { service }),
    } as const;
    return await seeOff(client, release, { app, environment }, options, { ...terminal, env });
  } finally {
    interrupts.dispose();
    await client.close();
  }
}

/** Inputs go before the environment of the job; those that are not given leave it as it is. */
function withTemporalInputs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const inputs = {
    TEMPORAL_ADDRESS: env[inputVariable('temporal-address')],
    TEMPORAL_NAMESPACE: env[inputVariable('temporal-namespace')],
    TEMPORAL_API_KEY: env[inputVariable('temporal-api-key')],
    SLIPWAY_TEMPORAL_UI: env[inputVariable('temporal-ui')],
  };
  const given = Object.entries(inputs).flatMap(([name, value]) =>
    value?.trim() ? [[name, value.trim()]] : [],
  );
  return { ...env, ...Object.fromEntries(given) };
}

/** All in one stream, so that the runner reads it in order; the report folded, and nothing in it taken for a command. */
export function actionTerminal(env: NodeJS.ProcessEnv = process.env): Terminal {
  const print = (text: string): void => void process.stdout.write(`${text}\n`);
  return {
    ...processTerminal(env),
    result: (text) => {
      print(groupStart('Report'));
      print(withoutCommands(text));
      print(GROUP_END);
    },
    progress: print,
  };
}
