/**
 * Work of `slipway checks`: start (or attach), watch, report.
 */
import { type StartedRelease, startChecks } from '../client/index.ts';
import type { ChecksReport, ChecksVerdict } from '../release/checks.ts';
import type { ChecksOptions } from './commands/checks.ts';
import { connect } from './connect.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { requireAppName } from './finding/app-name.ts';
import { resolveCommit } from './finding/git.ts';
import { whoAmI } from './finding/who-am-i.ts';
import type { CommandContext } from './program.ts';
import { renderChecks } from './render/checks.ts';
import { inert, jsonText, oneLine } from './render/sanitize.ts';
import type { Terminal } from './terminal.ts';
import { followChecks } from './watching/follow-checks.ts';
import { onInterrupt } from './watching/interrupts.ts';
import { temporalLink } from './watching/temporal-link.ts';

const VERDICT_EXIT: Readonly<Record<ChecksVerdict, ExitCode>> = {
  passed: EXIT.ok,
  failed: EXIT.failed,
  cancelled: EXIT.ended,
};

export async function checks(options: ChecksOptions, { terminal, cwd }: CommandContext): Promise<ExitCode> {
  const app = await requireAppName(options.app, cwd);
  const sha = await resolveCommit(options.sha, cwd);
  const { pullRequest } = options;
  const client = await connect();
  try {
    const run = await startChecks(client, {
      app,
      sha,
      startedBy: whoAmI(terminal.env),
      again: true,
      ...(pullRequest === undefined ? {} : { pullRequest }),
    });
    const verb = run.attached ? 'attached to the running' : 'started';
    terminal.progress(inert(`${oneLine(app)}  ${verb} ${oneLine(run.workflowId)}`));
    const url = temporalLink(terminal.env, client, run);
    if (url !== undefined) terminal.progress(inert(`  ${url}`));
    if (options.detach) {
      if (options.output === 'json') terminal.result(jsonText(run));
      return EXIT.ok;
    }
    return await watch(options, terminal, run, (signal) => followChecks(client, run, terminal, signal));
  } finally {
    await client.close();
  }
}

async function watch(
  options: ChecksOptions,
  terminal: Terminal,
  run: StartedRelease,
  follow: (signal: AbortSignal) => Promise<ChecksReport | null>,
): Promise<ExitCode> {
  const stop = new AbortController();
  const interrupts = onInterrupt();
  const signal = AbortSignal.any([interrupts.signal, stop.signal]);
  const timer =
    options.timeout === undefined
      ? undefined
      : setTimeout(() => stop.abort(EXIT.watchTimedOut), options.timeout * 1_000);
  try {
    const report = await follow(signal);
    if (report === null) {
      terminal.progress(inert(`Detached: the checks go on: ${oneLine(run.workflowId)}`));
      terminal.progress('  come back:  the same command again');
      return signal.reason === EXIT.watchTimedOut ? EXIT.watchTimedOut : EXIT.detached;
    }
    terminal.result(
      options.output === 'json' ? jsonText(report, 2) : renderChecks(report, terminal.resultStyle),
    );
    return VERDICT_EXIT[report.verdict];
  } finally {
    clearTimeout(timer);
    interrupts.dispose();
  }
}
