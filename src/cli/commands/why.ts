/**
 * `slipway why`: what became of a release, and why; or what one that runs waits for.
 */
import type { Command } from 'commander';
import type { CommandContext } from '../program.ts';
import { addOutputOptions, type OutputOptions } from './output-options.ts';
import { DEFAULT_ENVIRONMENT, parseRelease } from './parse-options.ts';

export interface WhyOptions extends OutputOptions {
  readonly app?: string;
}

export function addWhyCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('why')
    .description('say again how a release ended and why, or what it waits for while it runs')
    .argument(
      '[release]',
      'workflow id, or environment: its running release, else the last that did not succeed',
      DEFAULT_ENVIRONMENT,
    )
    .argument(
      '[number]',
      'of a release of that environment, or (7 to 40 digits of) its commit: its report, as it was kept',
      parseRelease,
    )
    .option('--app <name>', 'app; default: the one of ./slipway.yaml')
    .addHelpText(
      'after',
      '\nExit codes: 0 it is told, whatever the verdict · 2 there is none · 4 the release ended without one · 7 nobody answers\n\nExamples:\n  slipway why production\n  slipway why production 12 --json',
    );
  addOutputOptions(command, {
    what: 'what stdout gets; json: the whole report, or status while it runs',
  }).action(async (release: string, number: number | string | undefined, options: WhyOptions) => {
    const { why, whyThen } = await import('../why.ts');
    const told =
      number === undefined ? why(release, options, context) : whyThen(release, number, options, context);
    context.exit(await told);
  });
}
