/**
 * `slipway completion`, and `complete`, which the shells call at each press of Tab.
 */
import { Argument, type Command } from 'commander';
import type { CommandContext } from '../program.ts';

const HELP = `
Examples:
  eval "$(slipway completion bash)"        in ~/.bashrc
  eval "$(slipway completion zsh)"         in ~/.zshrc, after compinit
  slipway completion fish | source         in ~/.config/fish/config.fish

Commands, options, their choices, and the environments and services of the slipway.yaml here.`;

export function addCompletionCommands(program: Command, { terminal, cwd }: CommandContext): void {
  program
    .command('completion')
    .description('print the script that completes commands, options and environments in your shell')
    .addArgument(new Argument('<shell>', 'which').choices(['bash', 'zsh', 'fish']))
    .addHelpText('after', HELP)
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const { SCRIPTS } = await import('../completion/scripts.ts');
      terminal.result(SCRIPTS[shell]);
    });
  program
    .command('complete', { hidden: true })
    .argument('[words...]')
    .allowUnknownOption()
    .helpOption(false)
    .action(async (words: readonly string[]) => {
      const [{ complete }, { namesHere }] = await Promise.all([
        import('../completion/complete.ts'),
        import('../finding/names-here.ts'),
      ]);
      const found = complete(program, words, await namesHere(cwd));
      if (found.length > 0) {
        terminal.result(found.map(({ word, description }) => `${word}\t${description}`).join('\n'));
      }
    });
}
