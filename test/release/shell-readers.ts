/** Shells that read commands which we have printed, and words that are hard to bring through. */
import { execa } from 'execa';

export const ODD_WORDS: readonly string[] = [
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
  '100%  %s %d',
  'C:\\new\\033',
  'ends with a backslash\\',
  "\\'; slipway pwned; echo '",
  "\t\\'; slipway pwned; echo '\\",
  '  $(slipway pwned)\n`slipway pwned` " ! ; slipway pwned',
];

const AS_THEY_COME = {
  bash: ['--noprofile', '--norc'],
  zsh: ['-f'],
  fish: ['--no-config'],
  sh: [],
} as const;

export type Shell = keyof typeof AS_THEY_COME;

/** `slipway` tells what it was given; each word ends with NUL, so that it may hold anything. */
const LISTENER = `slipway() { for word in "$@"; do printf '%s\\0' "$word"; done; }`;
const FISH_LISTENER = `function slipway; for word in $argv; printf '%s\\0' $word; end; end`;

/** The words behind `slipway` of each command, as the shell reads them. */
export async function asReadBy(shell: Shell, commands: readonly string[]): Promise<readonly string[][]> {
  const script = [
    shell === 'fish' ? FISH_LISTENER : LISTENER,
    ...commands.flatMap((command) => [command, `printf '\\n\\0'`]),
  ].join('\n');
  const { stdout } = await execa(shell, [...AS_THEY_COME[shell], '-c', script]);
  const words = stdout.split('\0');
  return commands.map(() => words.splice(0, words.indexOf('\n') + 1).slice(0, -1));
}
