/** The help of every command in terminals of the usual widths. */
import { describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';
import { main } from '../../src/cli/main.ts';
import { createProgram } from '../../src/cli/program.ts';
import { columnsOf } from '../../src/cli/render/columns.ts';
import { fakeTerminal } from './fake-terminal.ts';

const namesIn = (command: Command, path: readonly string[] = []): readonly (readonly string[])[] => [
  path,
  ...command.commands
    .filter((each) => each.name() !== 'complete')
    .flatMap((each) => namesIn(each, [...path, each.name()])),
];

const program = createProgram({ terminal: fakeTerminal().terminal, cwd: '/', exit: () => {} });

async function helpOf(path: readonly string[], width: number): Promise<string> {
  const { terminal, stdout } = fakeTerminal();
  const resultStyle = { color: false, width, wrap: true };
  await main(['node', 'slipway', ...path, '--help'], { ...terminal, resultStyle });
  return stdout();
}

describe.each([80, 60])('in %i columns', (width) => {
  it.each(namesIn(program).map((path) => [path]))('the help of %j has no longer line', async (path) => {
    const help = await helpOf(path, width);
    expect(help).toContain('Usage:');
    for (const line of help.split('\n')) {
      expect({ line, fits: columnsOf(line) <= width }).toEqual({ line, fits: true });
    }
  });
});

it('a paragraph is broken where the terminal ends, not also where it was written', async () => {
  expect(await helpOf(['doctor'], 80)).toContain(
    `Each is asked at the same time, and for at most 10 s. Nothing is changed; what
  could only be tried by doing it is said to be so, or asked of IAM's
  simulation. With each thing that is not as it should be stands what to do.
`,
  );
});
