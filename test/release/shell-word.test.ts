/**
 * Commands for people to copy: every shell reads back what was meant, also after the text has been made safe to print.
 * zsh and fish are asked in test/conformance/shell-words.test.ts.
 */
import { describe, expect, it } from '@jest/globals';
import { inert, oneLine } from '../../src/cli/render/sanitize.ts';
import { shellWord, slipwayCommand } from '../../src/release/shell-word.ts';
import { asReadBy, ODD_WORDS } from './shell-readers.ts';

describe('a word of a command', () => {
  const printed = ODD_WORDS.map((text) => inert(oneLine(`slipway why ${shellWord(text)}`)));

  it.each(['bash', 'sh'] as const)('is read back by %s', async (shell) => {
    for (const each of printed) expect(each.split('\n')).toHaveLength(1);
    expect(await asReadBy(shell, printed)).toEqual(ODD_WORDS.map((text) => ['why', text]));
  });

  it('has no backslash in quotes, and no quotes with a dollar before them: fish reads them in its own way', () => {
    expect(shellWord("a\\'b")).toBe(String.raw`'a'\\''\''b'`);
    expect(shellWord("a\u001b'b")).toBe(String.raw`"$(printf 'a\033\047b')"`);
  });

  it('stays as it is where no shell reads anything into it', () => {
    expect(shellWord('deploy/shop/production/a1')).toBe('deploy/shop/production/a1');
    expect(shellWord('black friday')).toBe("'black friday'");
  });
});

describe('a command', () => {
  it('has its options last', () => {
    expect(slipwayCommand('history', ['production'], ['--limit 5'])).toBe(
      'slipway history production --limit 5',
    );
  });

  it('about what looks like an option has it behind --', async () => {
    const command = slipwayCommand('why', ['--force'], ['--app shop']);
    expect(await asReadBy('bash', [command])).toEqual([['why', '--app', 'shop', '--', '--force']]);
  });
});
