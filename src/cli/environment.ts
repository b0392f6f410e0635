/**
 * Work of `slipway status`, `history`, `show`, `freeze`, `unfreeze`.
 */
import {
  type EnvironmentName,
  environmentHistory,
  environmentStatus,
  findRelease,
  freezeEnvironment,
  type History,
  type ReleaseClient,
  ReleaseNotFoundError,
  releaseStatus,
  surveyServices,
  unfreezeEnvironment,
} from '../client/index.ts';
import { type Freeze, whyFrozen } from '../release/environment/freeze.ts';
import { LEDGER_LENGTH, type LedgerLine, lineOf } from '../release/environment/ledger.ts';
import { type EnvironmentStatus, olderThan } from '../release/environment/status.ts';
import { workflowIdOf } from '../release/names.ts';
import type { AboutOptions, FreezeOptions, HistoryOptions, StatusOptions } from './commands/environment.ts';
import { connect } from './connect.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { requireAppName } from './finding/app-name.ts';
import { findInLedger } from './finding/find-in-ledger.ts';
import { whoAmI } from './finding/who-am-i.ts';
import type { CommandContext } from './program.ts';
import { environmentCommand } from './render/command.ts';
import { adviceLines } from './render/command-lines.ts';
import { type HolderStanding, renderEntry, renderEnvironment, renderHistory } from './render/environment.ts';
import { activeHold } from './render/hold.ts';
import { inert, jsonText, oneLine } from './render/sanitize.ts';

export const status = (
  environment: string,
  options: StatusOptions,
  context: CommandContext,
): Promise<ExitCode> =>
  withEnvironment(environment, options, context, async (client, name) => {
    const found = await environmentStatus(client, name);
    const asked = options.ecs && found.serving !== null;
    const survey = asked ? await surveyServices(client, name, found.serving.number) : null;
    const [standing, joined] = await Promise.all([
      standingOf(client, found.turn),
      Promise.all(found.joined.map((each, place) => withStanding(client, each, place))),
    ]);
    const all = { ...found, joined, ...standing };
    const { resultStyle } = context.terminal;
    context.terminal.result(
      options.output === 'json'
        ? jsonText({ ...all, services: survey }, 2)
        : renderEnvironment(all, survey, Date.now(), resultStyle),
    );
  });

const ANSWER_WITHIN_MS = 3_000;

/** As many of those on the way are asked, all at once. */
const MOST_ASKED = 20;

type Entered = EnvironmentStatus['joined'][number];

/** Pauses and approvals come before the turn, where the environment itself hears nothing of them. */
const withStanding = async (
  client: ReleaseClient,
  each: Entered,
  place: number,
): Promise<Entered & Pick<HolderStanding, 'hold'>> => {
  const { hold } = await standingOf(client, place < MOST_ASKED ? each : null);
  return { ...each, hold };
};

/** What a release waits for people with. It may just have ended, or answer late: then nothing is said. */
async function standingOf(
  client: ReleaseClient,
  of: { readonly releaseId: string } | null,
): Promise<HolderStanding> {
  const none = { hold: null, stuck: null };
  if (of === null) return none;
  try {
    const release = await findRelease(client, workflowIdOf(of.releaseId));
    const status = await releaseStatus(client, release, ANSWER_WITHIN_MS);
    return { hold: activeHold(status), stuck: status.stuck };
  } catch {
    return none;
  }
}

export const history = (
  environment: string,
  options: HistoryOptions,
  context: CommandContext,
): Promise<ExitCode> =>
  withEnvironment(environment, options, context, async (client, name) => {
    const { terminal } = context;
    const { lines, damaged, next } = await historyOf(client, name, options);
    terminal.result(
      options.output === 'json' ? jsonText(lines, 2) : renderHistory(lines, terminal.resultStyle),
    );
    if (damaged.length > 0) {
      terminal.progress(`! left out, as the store cannot read them: release ${damaged.join(', ')}`);
    }
    if (next !== null) {
      const limit = options.limit === undefined ? [] : [`--limit ${options.limit}`];
      const { progressStyle } = terminal;
      const more = environmentCommand('history', name, progressStyle, {
        options: [...limit, `--before ${next}`],
      });
      for (const line of adviceLines(`older ones: ${oneLine(more)}`, progressStyle, ''))
        terminal.progress(inert(line));
    }
  });

/** A history has a line of each release, wherever it comes from. */
type Lines = Omit<History, 'entries'> & { readonly lines: readonly LedgerLine[] };

const linesOf = ({ entries, ...rest }: History): Lines => ({ ...rest, lines: entries.map(lineOf) });

/** The last ones are known to the environment itself; for all others, and where it does not run, the store is asked. */
async function historyOf(
  client: ReleaseClient,
  name: EnvironmentName,
  { all, limit, before }: HistoryOptions,
): Promise<Lines> {
  if (all || limit !== undefined || before !== undefined) {
    const kept = await environmentHistory(client, name, {
      ...(before === undefined ? {} : { before }),
      ...(all ? {} : { limit: limit ?? LEDGER_LENGTH }),
    });
    return linesOf(kept);
  }
  try {
    const found = await environmentStatus(client, name);
    return { lines: found.ledger, damaged: [], next: olderThan(found) };
  } catch (error) {
    if (!(error instanceof ReleaseNotFoundError)) throw error;
    const kept = await environmentHistory(client, name, { limit: LEDGER_LENGTH });
    if (kept.entries.length + kept.damaged.length === 0) throw error;
    return linesOf(kept);
  }
}

/** @throws ReleaseNotFoundError where there was none such */
export const show = (
  environment: string,
  release: number | string,
  options: AboutOptions,
  context: CommandContext,
): Promise<ExitCode> =>
  withEnvironment(environment, options, context, async (client, name) => {
    const { entry } = await findInLedger(client, name, release, { reader: context.terminal.resultStyle });
    const { resultStyle } = context.terminal;
    context.terminal.result(
      options.output === 'json' ? jsonText(entry, 2) : renderEntry(entry, name, resultStyle),
    );
  });

export const freeze = (
  environment: string,
  options: FreezeOptions,
  context: CommandContext,
): Promise<ExitCode> =>
  withEnvironment(environment, options, context, async (client, name) => {
    const { reason, for: forMs, who = whoAmI(context.terminal.env) } = options;
    const until = forMs === undefined ? options.until : new Date(Date.now() + forMs).toISOString();
    const wish = { reason, who, ...(until === undefined ? {} : { until }) };
    await tellFreeze(client, name, options, context, () => freezeEnvironment(client, name, wish));
  });

export const unfreeze = (
  environment: string,
  options: AboutOptions,
  context: CommandContext,
): Promise<ExitCode> =>
  withEnvironment(environment, options, context, async (client, name) => {
    await tellFreeze(client, name, options, context, () => unfreezeEnvironment(client, name));
  });

/** Tells what the environment answers; for programs also which freeze held before, and which does now. */
async function tellFreeze(
  client: ReleaseClient,
  name: EnvironmentName,
  { output }: AboutOptions,
  { terminal }: CommandContext,
  change: () => Promise<string>,
): Promise<void> {
  if (output === 'text') {
    terminal.result(inert(`${oneLine(name.environment)}  ${oneLine(await change())}`));
    return;
  }
  const before = await freezeOf(client, name);
  const answer = await change();
  terminal.result(jsonText({ ...name, answer, before, freeze: await freezeOf(client, name) }, 2));
}

/** Null where none holds. */
async function freezeOf(client: ReleaseClient, name: EnvironmentName): Promise<Freeze | null> {
  try {
    const { freeze: found } = await environmentStatus(client, name);
    return whyFrozen(found, [], Date.now()) === undefined ? null : found;
  } catch (error) {
    if (error instanceof ReleaseNotFoundError) return null;
    throw error;
  }
}

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
