/**
 * Work of `slipway plan`.
 */
import { planRelease } from '../client/index.ts';
import type { Outcome } from '../release/preview/preview.ts';
import type { PlanOptions } from './commands/plan.ts';
import { connect } from './connect.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { requireAppName } from './finding/app-name.ts';
import { resolveCommit } from './finding/git.ts';
import { whoAmI } from './finding/who-am-i.ts';
import type { CommandContext } from './program.ts';
import { renderPreview } from './render/plan.ts';
import { inert, jsonText, oneLine } from './render/sanitize.ts';

/** As the release itself would end, where it would end at once. */
const OUTCOME_EXIT: Readonly<Record<Outcome, ExitCode>> = {
  begin: EXIT.ok,
  'in-place': EXIT.ok,
  refused: EXIT.refused,
  superseded: EXIT.ended,
  configuration: EXIT.usage,
};

export async function plan(
  environment: string,
  options: PlanOptions,
  { terminal, cwd }: CommandContext,
): Promise<ExitCode> {
  const app = await requireAppName(options.app, cwd);
  const sha = await resolveCommit(options.sha, cwd);
  const client = await connect();
  try {
    const { allowOlder, force, overrideFreeze } = options;
    terminal.progress(
      inert(oneLine(`looks at ${app} → ${environment}, for ${sha.slice(0, 12)}; nothing is changed`)),
    );
    const preview = await planRelease(client, {
      app,
      environment,
      sha,
      startedBy: whoAmI(terminal.env),
      ...(allowOlder ? { allowOlder } : {}),
      ...(force ? { force } : {}),
      ...(overrideFreeze === undefined ? {} : { overrideFreeze }),
    });
    const asJson = options.output === 'json';
    terminal.result(asJson ? jsonText(preview, 2) : renderPreview(preview, options, terminal.resultStyle));
    return OUTCOME_EXIT[preview.outcome];
  } finally {
    await client.close();
  }
}
