/** `--json` and `--output json` mean the same wherever there is something for programs to read. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';
import { complete } from '../../src/cli/completion/complete.ts';
import { createProgram } from '../../src/cli/program.ts';
import { fakeTerminal, runCli } from './fake-terminal.ts';

/** With what has to be said to each. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  plan: [],
  deploy: [],
  checks: [],
  watch: [],
  why: [],
  logs: [],
  pause: ['production'],
  resume: ['production'],
  abort: ['production'],
  approve: ['production'],
  deny: ['production'],
  retry: ['production'],
  skip: ['production', 'api'],
  'give-up': ['production'],
  rollback: ['production'],
  status: [],
  history: [],
  show: ['1'],
  freeze: ['production', '--reason', 'tea'],
  unfreeze: ['production'],
  gc: ['production'],
  init: [],
  doctor: [],
};
/** They start something that runs, set up a machine, or print what another program reads anyway. */
const NONE = ['local', 'worker', 'serve', 'completion', 'complete', 'help'];

const program = (): Command =>
  createProgram({ terminal: fakeTerminal().terminal, cwd: '/', exit: () => undefined });

it('every command has both, or a reason', () => {
  expect(
    program()
      .commands.map((command) => command.name())
      .toSorted(),
  ).toEqual([...Object.keys(COMMANDS), ...NONE].toSorted());
});

describe.each(Object.entries(COMMANDS))('slipway %s', (name, words) => {
  /** What the command itself is handed. */
  const outputOf = async (...options: readonly string[]): Promise<unknown> => {
    const top = program();
    const command = top.commands.find((each) => each.name() === name);
    command?.action(() => undefined);
    await top.parseAsync(['node', 'slipway', name, ...words, ...options]);
    return command?.opts().output;
  };

  it('takes both, meaning the same', async () => {
    expect(await outputOf()).toBe('text');
    expect(await outputOf('--json')).toBe('json');
    expect(await outputOf('--output', 'json')).toBe('json');
    expect(await outputOf('--json', '--output', 'json')).toBe('json');
  });

  it('takes no two that differ', async () => {
    for (const options of [
      ['--json', '--output', 'text'],
      ['--output=text', '--json'],
    ]) {
      expect(await runCli([name, ...words, ...options], '/')).toEqual({
        exitCode: 2,
        stdout: '',
        stderr: expect.stringContaining("option '--json' cannot be used with option '--output text'"),
      });
    }
  });

  it('has its shape documented', async () => {
    expect(await readFile('docs/json.md', 'utf8')).toMatch(
      new RegExp(`^\\|.*\`${name}\\b.*\\|.*\\|.*\\|$`, 'm'),
    );
  });

  it('offers both to the shell', () => {
    const offered = (typed: string) => complete(program(), [name, typed], undefined).map(({ word }) => word);
    expect(offered('--js')).toEqual(['--json']);
    expect(offered('--output=j')).toEqual(['--output=json']);
  });
});

it('of what is followed, events are another format', async () => {
  const { exitCode, stderr } = await runCli(['watch', '--json', '--output', 'ndjson'], '/');
  expect({ exitCode, stderr }).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('--output ndjson'),
  });
});
