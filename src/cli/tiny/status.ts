/** Work of `slipway-client status`: how a release stands, as JSON; looking is no verdict, and ends with 0. */
import {
  describeRelease,
  NoControlWorkerError,
  newestRelease,
  releaseStatus,
  waitForRelease,
} from '../../client/index.ts';
import { connect } from '../connect.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { findByName } from '../finding/find-by-name.ts';
import type { CommandContext } from '../program.ts';
import { jsonText } from '../render/sanitize.ts';

export async function status(
  name: string,
  { app }: { readonly app?: string },
  { terminal, cwd }: CommandContext,
): Promise<ExitCode> {
  const client = await connect(terminal.env);
  try {
    const release = await findByName(client, { name, app, cwd }, newestRelease);
    const { running, pending } = await describeRelease(client, release);
    const said = running
      ? { ...(await ask(() => releaseStatus(client, release), release.workflowId)), pending }
      : await waitForRelease(client, release);
    terminal.result(jsonText({ ...release, running, ...said }, 2));
    return EXIT.ok;
  } finally {
    await client.close();
  }
}

async function ask<Answer>(question: () => Promise<Answer>, workflowId: string): Promise<Answer> {
  try {
    return await question();
  } catch (error) {
    throw new NoControlWorkerError(`${workflowId} runs, but no control worker answers for it`, {
      cause: error,
      advice: 'Start one (slipway worker control): the release waits until one is there.',
    });
  }
}
