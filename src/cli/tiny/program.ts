/**
 * `slipway-client`: what starts, steers and waits for releases, in one file and without the workers. JSON goes in and
 * comes out; progress and mistakes go to stderr, and exit codes are those of `slipway`.
 */
import { Command } from 'commander';
import { OPERATOR_ACTIONS } from '../../release/operator.ts';
import { parseDuration, parseSeconds } from '../commands/parse-options.ts';
import type { CommandContext } from '../program.ts';
import type { SignalOptions } from './signal.ts';
import type { StartOptions } from './start.ts';

const EXIT_CODES_HELP = `
stdout gets JSON, stderr the progress. The server: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS…

Exit codes: 0 succeeded, or started · 1 failed, no service updated · 2 usage · 3 rolled back
            4 a person is needed · 5 aborted or superseded · 6 refused · 7 no connection · 70 internal error
            124 the time is up, 130 interrupted: the release goes on`;

const RELEASE = 'environment, or workflow id';

export function createTinyProgram(context: CommandContext): Command {
  const { terminal, exit } = context;
  const program = new Command('slipway-client')
    .description(
      'Start releases, wait for them, say something to them: the small part of Slipway, in one file.',
    )
    .exitOverride()
    .showHelpAfterError('(slipway-client --help shows what there is)')
    .configureOutput({
      writeOut: (text) => terminal.result(text),
      writeErr: (text) => terminal.progress(text.trimEnd()),
      getOutHelpWidth: () => 100,
      getErrHelpWidth: () => 100,
    });
  const command = (name: string): Command =>
    program
      .command(name)
      .option('--app <name>', 'app; default: the one of ./slipway.yaml')
      .addHelpText('after', EXIT_CODES_HELP);

  command('start')
    .description('start a release of a commit, or attach to the one that runs')
    .argument('[environment]', 'where to')
    .option('--sha <sha>', 'full SHA of the commit (or a ref, which the plan resolves)')
    .option('--input <json>', 'all of it as JSON, as for `temporal workflow start`; - reads stdin')
    .option('--allow-older', 'also where a newer commit serves')
    .option('--force', 'also where this commit serves already')
    .option('--override-freeze <reason>', 'also where the environment is frozen')
    .option('--wait', 'wait for the report')
    .option('--timeout <seconds>', 'wait no longer than this', parseSeconds)
    .action(async (environment: string | undefined, options: StartOptions) => {
      const { start } = await import('./start.ts');
      exit(await start(environment, options, context));
    });
  command('wait')
    .description('wait for a release, and give its report')
    .argument('<release>', `${RELEASE}; of an environment, the newest`)
    .option('--timeout <seconds>', 'wait no longer than this', parseSeconds)
    .action(async (release: string, options: { readonly app?: string; readonly timeout?: number }) => {
      const { watch } = await import('../watch.ts');
      exit(await watch(release, { ...options, output: 'json' }, context));
    });
  command('signal')
    .description('say something to a release that runs, and give its answer')
    .argument('<release>', `${RELEASE}; of an environment, the only one that runs`)
    .addArgument(program.createArgument('<action>', 'what to say').choices(OPERATOR_ACTIONS))
    .option('--reason <text>', 'why; kept in the report')
    .option('--who <name>', 'who says so; default: you')
    .option('--for <duration>', 'of pause: go on by itself after so long: 90s, 10m, 1h30m', parseDuration)
    .option('--service <name>', 'of skip: the service')
    .action(async (release: string, action: string, options: SignalOptions) => {
      const { signal } = await import('./signal.ts');
      exit(await signal(release, action, options, context));
    });
  command('status')
    .description('how a release stands, or its report once it has ended')
    .argument('<release>', `${RELEASE}; of an environment, the newest`)
    .action(async (release: string, options: { readonly app?: string }) => {
      const { status } = await import('./status.ts');
      exit(await status(release, options, context));
    });
  program
    .command('action')
    .description('what action.yml runs; its inputs are INPUT_… variables')
    .action(async () => {
      const { runAction } = await import('../github-actions/action.ts');
      exit(await runAction(terminal, context.cwd));
    });
  return program;
}
