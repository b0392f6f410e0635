/** Work of `slipway-client signal`: the answer of the release, as JSON. */
import { randomUUID } from 'node:crypto';
import { operate } from '../../client/index.ts';
import type { OperatorAction } from '../../release/operator.ts';
import { connect } from '../connect.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { findByName } from '../finding/find-by-name.ts';
import { onlyRunning } from '../finding/only-running.ts';
import { whoAmI } from '../finding/who-am-i.ts';
import type { CommandContext } from '../program.ts';
import { jsonText } from '../render/sanitize.ts';

export interface SignalOptions {
  readonly app?: string;
  readonly reason?: string;
  readonly who?: string;
  /** Milliseconds. */
  readonly for?: number;
  readonly service?: string;
}

/** @param action one of OPERATOR_ACTIONS */
export async function signal(
  name: string,
  action: string,
  { app, reason, who, for: forMs, service }: SignalOptions,
  { terminal, cwd }: CommandContext,
): Promise<ExitCode> {
  const client = await connect(terminal.env);
  try {
    const release = await findByName(client, { name, app, cwd }, onlyRunning);
    const answer = await operate(client, release, action as OperatorAction, {
      id: randomUUID(),
      who: who ?? whoAmI(terminal.env),
      ...(reason === undefined ? {} : { reason }),
      ...(forMs === undefined ? {} : { forMs }),
      ...(service === undefined ? {} : { service }),
    });
    terminal.result(jsonText({ ...release, action, answer }));
    return EXIT.ok;
  } finally {
    await client.close();
  }
}
