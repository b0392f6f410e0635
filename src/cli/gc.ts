/**
 * Work of `slipway gc`.
 */
import { collectGarbage } from '../client/index.ts';
import { gcWorkflowId } from '../release/names.ts';
import { withArns } from '../release/requests/gc-request.ts';
import type { GcOptions } from './commands/gc.ts';
import { connect } from './connect.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { requireAppName } from './finding/app-name.ts';
import type { CommandContext } from './program.ts';
import { renderGc } from './render/gc.ts';
import { jsonText, oneLine } from './render/sanitize.ts';

export async function gc(
  environment: string,
  options: GcOptions,
  { terminal, cwd }: CommandContext,
): Promise<ExitCode> {
  const { keep, minAge, dryRun = false, output } = options;
  const app = await requireAppName(options.app, cwd);
  const client = await connect();
  try {
    terminal.progress(oneLine(`clears away: ${gcWorkflowId(app, environment)}`));
    const report = await collectGarbage(client, {
      app,
      environment,
      dryRun,
      ...(keep === undefined ? {} : { keep }),
      ...(minAge === undefined ? {} : { minimumAgeMs: minAge }),
    });
    terminal.result(
      output === 'json' ? jsonText(withArns(report), 2) : renderGc(report, terminal.resultStyle),
    );
    return report.stopped?.kind === 'turn-taken' ? EXIT.refused : EXIT.ok;
  } finally {
    await client.close();
  }
}
