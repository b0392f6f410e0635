/** What `slipway` prints to be copied is, in zsh and fish too, one word that does nothing (bash: test/release/shell-word.test.ts). */
import { expect, it } from '@jest/globals';
import { commandLines } from '../../src/cli/render/command-lines.ts';
import { inert, oneLine } from '../../src/cli/render/sanitize.ts';
import { shellWord } from '../../src/release/shell-word.ts';
import { asReadBy, ODD_WORDS } from '../release/shell-readers.ts';

const PRINTED = ODD_WORDS.map((text) => inert(oneLine(`slipway why ${shellWord(text)}`)));
const READ = ODD_WORDS.map((text) => ['why', text]);

it.each(['zsh', 'fish'] as const)('%s reads back what was meant', async (shell) => {
  expect(await asReadBy(shell, PRINTED)).toEqual(READ);
});

it.each(['zsh', 'fish'] as const)('%s reads the same in lines of a narrow terminal', async (shell) => {
  const broken = PRINTED.map((command) => commandLines(command, '    ', 24).join('\n'));
  expect(await asReadBy(shell, broken)).toEqual(READ);
});
