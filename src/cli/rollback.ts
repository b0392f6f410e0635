/**
 * Work of `slipway rollback`: tell the release that holds the turn, or start one that goes back.
 */
import {
  type EnvironmentName,
  environmentStatus,
  type FoundRelease,
  findRelease,
  RefusedByReleaseError,
  type ReleaseClient,
  ReleaseNotFoundError,
  slipwayCommand,
  startRollback,
} from '../client/index.ts';
import { LEDGER_LENGTH } from '../release/environment/ledger.ts';
import type { EnvironmentStatus } from '../release/environment/status.ts';
import { unknownTarget } from '../release/environment/unknown-target.ts';
import { workflowIdOf } from '../release/names.ts';
import type { RollbackOptions } from './commands/rollback.ts';
import { connect } from './connect.ts';
import type { ExitCode } from './exit-codes.ts';
import { findAppName, requireAppName } from './finding/app-name.ts';
import { findByName, type Wanted } from './finding/find-by-name.ts';
import { onlyRunning } from './finding/only-running.ts';
import { whoAmI } from './finding/who-am-i.ts';
import { tellRelease } from './operate.ts';
import type { CommandContext } from './program.ts';
import { environmentCommand, type Reader } from './render/command.ts';
import { seeOff } from './watching/see-off.ts';

export async function rollback(
  name: string,
  options: RollbackOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const { terminal, cwd } = context;
  const client = await connect();
  try {
    const app = options.app ?? (await findAppName(cwd));
    const holder = options.to === undefined ? await holderOf(client, { name, app, cwd }) : undefined;
    if (holder) return await tellRelease(client, holder, 'rollback', options, terminal);
    const reader = terminal.resultStyle;
    const place = { app: app ?? (await requireAppName(options.app, cwd)), environment: name };
    if (options.to !== undefined) await refuseUnknown(client, place, options.to, reader);
    const { to = await lastGood(client, place, reader), reason, who = whoAmI(terminal.env) } = options;
    const release = await startRollback(client, {
      ...place,
      startedBy: who,
      ...(to === undefined ? {} : { to }),
      ...(reason === undefined ? {} : { reason }),
    });
    return await seeOff(client, release, place, options, terminal);
  } finally {
    await client.close();
  }
}

/** The release that may have changed something; undefined: none has. @throws RefusedByReleaseError */
async function holderOf(client: ReleaseClient, wanted: Wanted): Promise<FoundRelease | undefined> {
  const { name, app } = wanted;
  const isEnvironment = app !== undefined && !name.includes('/');
  const status = isEnvironment ? await statusOf(client, { app, environment: name }) : undefined;
  // It has never heard of any, or has lost its memory: what runs there is the only one who knows.
  if (status === undefined) return unlessNone(findByName(client, wanted, onlyRunning));
  if (status.turn === null) return undefined;
  const { releaseId, number, rollbackTo } = status.turn;
  const workflowId = workflowIdOf(releaseId);
  if (rollbackTo === null) return findRelease(client, workflowId);
  throw new RefusedByReleaseError(
    `${name} is on its way back to release ${rollbackTo} already (release ${number})`,
    {
      advice: `Watch it: ${slipwayCommand('watch', [workflowId])}; or undo just that: ${slipwayCommand('rollback', [workflowId])}`,
    },
  );
}

/** As the environment says now; undefined where it does not run, or has forgotten: then the rollback itself finds out. */
async function lastGood(
  client: ReleaseClient,
  place: EnvironmentName,
  reader: Reader,
): Promise<number | undefined> {
  const status = await statusOf(client, place);
  const target = status?.rollbackTarget;
  if (target?.kind === 'none' && status?.ledger.length !== LEDGER_LENGTH) {
    throw new RefusedByReleaseError(`there is nothing to go back to in ${place.environment}: ${target.why}`, {
      advice: `What was released there: ${environmentCommand('history', place, reader)}`,
    });
  }
  return target?.kind === 'found' ? target.number : undefined;
}

/** @throws ReleaseNotFoundError where the environment remembers enough to say so */
async function refuseUnknown(
  client: ReleaseClient,
  place: EnvironmentName,
  to: number | string,
  reader: Reader,
): Promise<void> {
  const status = await statusOf(client, place);
  const why = status && unknownTarget(status.ledger, to);
  if (why === undefined) return;
  const { app, environment } = place;
  throw new ReleaseNotFoundError(`${environment} of ${app}: ${why}`, {
    advice: `What was released there: ${environmentCommand('history', place, reader)}`,
  });
}

const statusOf = (client: ReleaseClient, place: EnvironmentName): Promise<EnvironmentStatus | undefined> =>
  unlessNone(environmentStatus(client, place));

const unlessNone = async <T>(asked: Promise<T>): Promise<T | undefined> => {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ReleaseNotFoundError) return undefined;
    throw error;
  }
};
