/**
 * Work of `slipway status`, `history`, `show`, `freeze`, `unfreeze`.
 */
import {
  connect,
  type EnvironmentName,
  environmentStatus,
  freezeEnvironment,
  type ReleaseClient,
  ReleaseNotFoundError,
  surveyServices,
  unfreezeEnvironment,
} from '../client/index.ts';
import { requireAppName } from './app-name.ts';
import type { AboutOptions, FreezeOptions, StatusOptions } from './commands/environment.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { CommandContext } from './program.ts';
import { renderEntry, renderEnvironment, renderHistory } from './render/environment.ts';
import { inert, jsonText, oneLine } from './render/sanitize.ts';
import { whoAmI } from './who-am-i.ts';

export const status = (
  environment: string,
  options: StatusOptions,
  context: CommandContext,
): Promise<ExitCode> =>
  withEnvironment(environment, options, context, async (client, name) => {
    const found = await environmentStatus(client, name);
    const asked = options.ecs && found.serving !== null;
    const survey = asked ? await surveyServices(client, name, found.serving.number) : null;
    const { resultStyle } = context.terminal;
    context.terminal.result(
      options.json
        ? jsonText({ ...found, services: survey }, 2)
        : renderEnvironment(found, survey, Date.now(), resultStyle),
    );
  });

export const history = (
  environment: string,
  options: AboutOptions,
  context: CommandContext,
): Promise<ExitCode> =>
  withEnvironment(environment, options, context, async (client, name) => {
    const { ledger } = await environmentStatus(client, name);
    const { resultStyle } = context.terminal;
    context.terminal.result(options.json ? jsonText(ledger, 2) : renderHistory(ledger, resultStyle));
  });

/** @throws ReleaseNotFoundError where the environment does not remember it */
export const show = (
  environment: string,
  number: number,
  options: AboutOptions,
  context: CommandContext,
): Promise<ExitCode> =>
  withEnvironment(environment, options, context, async (client, name) => {
    const { ledger } = await environmentStatus(client, name);
    const entry = ledger.find((each) => each.number === number);
    if (!entry) {
      throw new ReleaseNotFoundError(`${environment} of ${name.app} remembers no release ${number}`, {
        advice: `What it remembers: slipway history ${environment}`,
      });
    }
    const { resultStyle } = context.terminal;
    context.terminal.result(options.json ? jsonText(entry, 2) : renderEntry(entry, resultStyle));
  });

export const freeze = (
  environment: string,
  options: FreezeOptions,
  context: CommandContext,
): Promise<ExitCode> =>
  withEnvironment(environment, options, context, async (client, name) => {
    const { reason, until, who = whoAmI(context.terminal.env) } = options;
    const wish = { reason, who, ...(until === undefined ? {} : { until }) };
    tell(context, name, await freezeEnvironment(client, name, wish));
  });

export const unfreeze = (
  environment: string,
  options: AboutOptions,
  context: CommandContext,
): Promise<ExitCode> =>
  withEnvironment(environment, options, context, async (client, name) => {
    tell(context, name, await unfreezeEnvironment(client, name));
  });

const tell = ({ terminal }: CommandContext, { environment }: EnvironmentName, answer: string): void =>
  terminal.result(inert(`${oneLine(environment)}  ${oneLine(answer)}`));

async function withEnvironment(
  environment: string,
  { app }: { readonly app?: string },
  { cwd }: CommandContext,
  work: (client: ReleaseClient, name: EnvironmentName) => Promise<void>,
): Promise<ExitCode> {
  const name = { app: await requireAppName(app, cwd), environment };
  const client = await connect();
  try {
    await work(client, name);
    return EXIT.ok;
  } finally {
    await client.close();
  }
}
