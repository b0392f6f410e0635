/**
 * Completion in the shells themselves: bash, zsh and fish load what `slipway completion` prints, and are asked what they
 * would offer. They call the built program, as they do on a person's machine.
 */
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { ensureBuilt, TOP } from '../e2e/built-cli.ts';

let folder: string;

beforeAll(async () => {
  await ensureBuilt();
  folder = await mkdtemp(join(tmpdir(), 'slipway-shells-'));
  await symlink(join(TOP, 'bin/slipway.js'), join(folder, 'slipway'));
  await writeFile(
    join(folder, 'slipway.yaml'),
    'app: shop\nservices: { api: {}, web: {} }\nenvironments: { production: {}, staging: {} }\n',
  );
  await writeFile(join(folder, 'some-file'), '');
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = async (program: string, args: readonly string[], script: string): Promise<readonly string[]> => {
  const { stdout, stderr } = await execa(program, [...args, script], {
    cwd: folder,
    env: { PATH: [folder, process.env.PATH].join(delimiter), HOME: folder, TERM: 'dumb' },
  });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((line) => line !== '');
};

/** Asks bash as readline does: words, and which of them is being typed. */
const bash = (words: readonly string[]): Promise<readonly string[]> => {
  const quoted = words.map((word) => `'${word}'`).join(' ');
  return run(
    'bash',
    ['--noprofile', '--norc', '-c'],
    `eval "$(slipway completion bash)"
     COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}
     [[ $(complete -p slipway) == 'complete -o default -F _slipway slipway' ]] || exit 9
     _slipway slipway; printf '%s\\n' "\${COMPREPLY[@]}"`,
  );
};

/** zsh's own function of the completion system is asked for what it was handed; the rest needs a keyboard. */
const zsh = (words: readonly string[]): Promise<readonly string[]> => {
  const quoted = words.map((word) => `'${word}'`).join(' ');
  return run(
    'zsh',
    ['-f', '-c'],
    `autoload -Uz compinit; compinit -u -D; eval "$(slipway completion zsh)"
     [[ $_comps[slipway] == _slipway ]] || exit 9
     _describe() { print -rl -- "\${(@P)\${@[-1]}}" }
     _files() { print -r -- FILES }
     words=(${quoted}); CURRENT=${words.length}; _slipway`,
  );
};

const fish = (words: readonly string[]): Promise<readonly string[]> =>
  run('fish', ['--no-config', '-c'], `slipway completion fish | source; complete -C '${words.join(' ')}'`);

const first = (lines: readonly string[], separator: string): readonly string[] =>
  lines.map((line) => line.split(separator, 1)[0] ?? '');

describe.each([
  ['bash', async (words: readonly string[]) => bash(words)],
  ['zsh', async (words: readonly string[]) => first(await zsh(words), ':')],
  ['fish', async (words: readonly string[]) => first(await fish(words), '\t')],
])('%s', (_shell, ask) => {
  it.each([
    ['commands', ['slipway', 'dep'], ['deploy']],
    ['commands of commands', ['slipway', 'local', 'st'], ['status']],
    ['environments of the slipway.yaml here', ['slipway', 'deploy', ''], ['production', 'staging']],
    ['services', ['slipway', 'skip', 'production', ''], ['api', 'web']],
    ['options', ['slipway', 'deploy', '--out'], ['--output']],
    ['choices', ['slipway', 'deploy', '--output', ''], ['text', 'json', 'ndjson']],
  ])('%s', async (_case, words, expected) => {
    expect([...(await ask(words))].sort()).toEqual([...expected].sort());
  });
});

describe('where slipway has nothing to say, a shell offers files', () => {
  it('bash, by `-o default`', async () => {
    expect(await bash(['slipway', 'deploy', '--sha', ''])).toEqual([]);
  });

  it('zsh', async () => {
    expect(await zsh(['slipway', 'deploy', '--sha', ''])).toEqual(['FILES']);
  });

  it('fish', async () => {
    expect(await fish(['slipway', 'deploy', '--sha', 'some-f'])).toEqual([
      expect.stringMatching(/^some-file/),
    ]);
  });
});

it('bash takes `--output=js` apart at the `=`, and gets it completed', async () => {
  expect(await bash(['slipway', 'deploy', '--output', '=', 'js'])).toEqual(['json']);
  expect([...(await bash(['slipway', 'deploy', '--output', '=']))].sort()).toEqual([
    'json',
    'ndjson',
    'text',
  ]);
});

it('zsh and fish say what each is for', async () => {
  expect(await zsh(['slipway', 'unf'])).toEqual(['unfreeze:end a freeze; those of slipway.yaml go on']);
  expect(await fish(['slipway', 'unf'])).toEqual(['unfreeze\tend a freeze; those of slipway.yaml go on']);
});
