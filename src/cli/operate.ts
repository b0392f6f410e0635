/**
 * Work of `slipway pause`, `resume`, …: find the release, say it, print the answer.
 */
import { randomUUID } from 'node:crypto';
import { type FoundRelease, operate, type ReleaseClient } from '../client/index.ts';
import type { OperatorAction, OperatorNote } from '../release/operator.ts';
import type { OperateOptions } from './commands/operate.ts';
import { connect } from './connect.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { findByName } from './finding/find-by-name.ts';
import { onlyRunning } from './finding/only-running.ts';
import { whoAmI } from './finding/who-am-i.ts';
import type { CommandContext } from './program.ts';
import { inert, jsonText, oneLine } from './render/sanitize.ts';
import type { Terminal } from './terminal.ts';

type NoteOptions = Omit<OperateOptions, 'app'> & { readonly service?: string | undefined };

export async function operateRelease(
  action: OperatorAction,
  name: string,
  options: OperateOptions & NoteOptions,
  { terminal, cwd }: CommandContext,
): Promise<ExitCode> {
  const client = await connect();
  try {
    const release = await findByName(client, { name, app: options.app, cwd }, onlyRunning);
    return await tellRelease(client, release, action, options, terminal);
  } finally {
    await client.close();
  }
}

export async function tellRelease(
  client: ReleaseClient,
  release: FoundRelease,
  action: OperatorAction,
  options: NoteOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const note: OperatorNote = {
    // The same message, should the call to Temporal be repeated.
    id: randomUUID(),
    who: options.who ?? whoAmI(terminal.env),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    ...(options.for === undefined ? {} : { forMs: options.for }),
    ...(options.service === undefined ? {} : { service: options.service }),
  };
  const answer = await operate(client, release, action, note);
  terminal.result(
    options.output === 'text'
      ? inert(`${oneLine(release.workflowId)}  ${action}: ${oneLine(answer)}`)
      : jsonText({ ...release, action, answer }),
  );
  return EXIT.ok;
}
