/** Whatever a repository calls its folders and files: a file that the parser takes, or an error that says so. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { parseConfiguration } from '../../../src/config/parse-configuration.ts';
import { randomFrom } from '../../random.ts';
import { runCli } from '../fake-terminal.ts';
import { makeTree, type Tree } from './make-tree.ts';

const PIECES = [
  ...[
    'a',
    'B',
    '7',
    '-',
    '.',
    '_',
    ' ',
    '~',
    '#',
    ':',
    '&',
    '*',
    '!',
    '|',
    '>',
    "'",
    '"',
    '%',
    '@',
    '`',
    '{',
    '}',
    '[',
    ']',
    ',',
    '=',
  ],
  ...[
    '$(reboot)',
    '\n',
    '\t',
    '\\',
    '\u001b[2J',
    '\u202e',
    '\ufeff',
    'é',
    '日',
    '🚢',
    '--',
    'null',
    'true',
    '::error::',
    '<<',
  ],
];
const FILES = ['Dockerfile', 'Dockerfile.', '.Dockerfile'];

let tree: Tree | undefined;
afterEach(() => tree?.remove());

const SEED = Number(process.env.SLIPWAY_SEED ?? Date.now() % 1_000_000);

describe(`a hostile repository (SLIPWAY_SEED=${SEED})`, () => {
  it.each(Array.from({ length: 12 }, (_, index) => SEED + index))('seed %d', async (seed) => {
    const random = randomFrom(seed);
    const below = (limit: number): number => Math.floor(random() * limit);
    const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
    const word = (): string => Array.from({ length: 1 + below(6) }, () => pick(PIECES)).join('');
    tree = await makeTree({ 'app/Dockerfile': 'FROM scratch\n' }, { isGit: seed % 2 === 0 });
    for (let number = 0; number < 8; number += 1) {
      const shape = pick(FILES);
      const file =
        shape === 'Dockerfile' ? shape : shape.startsWith('.') ? `${word()}${shape}` : `${shape}${word()}`;
      const path = join(tree.top, word(), word(), file);
      if (!path.startsWith(`${tree.top}/`)) continue;
      try {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(
          path,
          `FROM scratch\nCOPY ${word()} ${word()} /x\nCOPY [${word()}]\nADD ${word()} /\n`,
        );
        await writeFile(join(dirname(path), 'package.json'), '{"scripts":{"test":"x"}}');
        await writeFile(join(dirname(path), 'package-lock.json'), '{}');
        await writeFile(join(dirname(path), 'test_x.py'), '');
        await writeFile(join(dirname(path), 'requirements.txt'), 'pytest\nblack\n-r ../../x\n');
      } catch {
        // A name that the file system does not take.
      }
    }
    const { exitCode, stdout, stderr } = await runCli(['init', '--no-aws', '--stdout'], tree.top);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    const read = parseConfiguration(stdout);
    expect(Object.keys(read.images).length).toBeGreaterThan(0);
    for (const name of Object.keys(read.images)) expect(name).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*$/);
    // Commands are for a shell: nothing of a name gets into them.
    for (const { run, setup } of Object.values(read.checks)) {
      for (const command of [run, setup?.run ?? '']) expect(command).toMatch(/^[\w ./&-]*$/);
    }
    for (const mark of ['\u001b', '\u202e', '\ufeff']) expect(stdout + stderr).not.toContain(mark);
    expect(stderr).not.toMatch(/^\s*::/m);
  });
});
