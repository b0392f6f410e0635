/** Commands for people to copy: bash reads back what was meant, also after the text has been made safe to print. */
import { describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { inert, oneLine } from '../../src/cli/render/sanitize.ts';
import { shellWord, slipwayCommand } from '../../src/release/shell-word.ts';

const ODD = [
  'deploy/shop/production/abc',
  '',
  'two words',
  'two  blanks and a\ttab',
  'a\nnew line',
  'ada\'s $(reboot) `id` \\ "quotes"',
  "it's\u001b[2Jgone\u200b",
  'no\u00a0break',
  '##[error] x',
  '::error::x',
  '--force',
  '~',
  '*',
  '!',
  '#x',
  'Größe 🚀',
];

const asBashReads = async (command: string): Promise<string[]> => {
  const { stdout } = await execa('bash', [
    '--noprofile',
    '--norc',
    '-c',
    `slipway() { printf '%s\\0' "$@"; }; ${command}`,
  ]);
  return stdout.split('\0').slice(0, -1);
};

describe('a word of a command', () => {
  it.each(ODD.map((text) => [text]))('%j is read back by bash', async (text) => {
    const printed = inert(oneLine(`slipway why ${shellWord(text)}`));
    expect(printed.split('\n')).toHaveLength(1);
    expect(await asBashReads(printed)).toEqual(['why', text]);
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
    expect(await asBashReads(command)).toEqual(['why', '--app', 'shop', '--', '--force']);
  });
});
