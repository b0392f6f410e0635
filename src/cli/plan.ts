/**
 * Work of `slipway plan`.
 */
import { planRelease } from '../client/index.ts';
import type { Outcome } from '../release/preview/preview.ts';
import type { PlanOptions } from './commands/plan.ts';
import { connect } from './connect.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { wantedRelease } from './finding/wanted-release.ts';
import type { CommandContext } from './program.ts';
import { renderPreview } from './render/plan.ts';
import { jsonText, oneLine } from './render/sanitize.ts';
import { fitted } from './render/wrap.ts';

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
  const request = await wantedRelease(environment, options, { terminal, cwd });
  const { app, sha } = request;
  const client = await connect();
  try {
    terminal.progress(
      fitted(
        oneLine(`looks at ${app} → ${environment}, for ${sha.slice(0, 12)}; nothing is changed`),
        terminal.progressStyle,
      ),
    );
    const preview = await planRelease(client, request);
    const asJson = options.output === 'json';
    terminal.result(asJson ? jsonText(preview, 2) : renderPreview(preview, options, terminal.resultStyle));
    return OUTCOME_EXIT[preview.outcome];
  } finally {
    await client.close();
  }
}
