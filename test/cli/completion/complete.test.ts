/** What may come next on a command line. The shells themselves are in test/conformance/shells.test.ts. */
import { describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';
import { complete } from '../../../src/cli/completion/complete.ts';
import { SCRIPTS, SHELLS } from '../../../src/cli/completion/scripts.ts';
import { createProgram } from '../../../src/cli/program.ts';
import { fakeTerminal, runCli } from '../fake-terminal.ts';

const program = (): Command =>
  createProgram({ terminal: fakeTerminal().terminal, cwd: '/', exit: () => undefined });

const NAMES = { environments: ['production', 'staging'], services: ['api', 'web'] };

const words = (...typed: readonly string[]): readonly string[] =>
  complete(program(), typed, NAMES).map(({ word }) => word);

describe('completes', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['commands', ['dep'], ['deploy']],
    ['commands of commands', ['local', 'st'], ['status']],
    ['no command after an argument', ['deploy', 'production', 'st'], []],
    ['environments', ['deploy', ''], ['production', 'staging']],
    ['environments where a release may be named', ['watch', 'st'], ['staging']],
    ['services', ['skip', 'production', ''], ['api', 'web']],
    ['services that write logs', ['logs', 'production', ''], ['api', 'web']],
    ['options', ['deploy', '--out'], ['--output']],
    ['options after an argument', ['deploy', 'production', '--al'], ['--allow-older']],
    ['choices of an option', ['deploy', '--output', 'j'], ['json']],
    ['choices after `=`', ['deploy', '--output=j'], ['--output=json']],
    ['choices as bash hands them over', ['deploy', '--output', '=', 'j'], ['json']],
    ['choices of an argument', ['doctor', 'b'], ['build']],
    ['arguments after an option’s value', ['deploy', '--sha', 'HEAD', 's'], ['staging']],
    ['arguments after a flag', ['deploy', '--detach', 's'], ['staging']],
    ['nothing where the value of an option is anything: the shell offers files', ['deploy', '--sha', ''], []],
    ['arguments, not options, after --', ['deploy', '--', '-'], []],
    ['arguments after --', ['deploy', '--', 's'], ['staging']],
    ['nothing of what is unknown', ['nonsense', 'x', ''], []],
  ])('%s: %j', (_case, typed, expected) => {
    expect(words(...typed)).toEqual(expected);
  });

  it('all commands that the help shows, and no hidden one', () => {
    const found = words('');
    expect(found).toEqual(
      expect.arrayContaining(['init', 'doctor', 'deploy', 'local', 'completion', 'help']),
    );
    expect(found).not.toContain('complete');
    expect(words('local', '')).not.toContain('aws-endpoint');
  });

  it('every option of every command, each with what it is for', () => {
    const visit = (command: Command, path: readonly string[]): void => {
      const options = complete(program(), [...path, '-'], undefined);
      for (const { long } of command.createHelp().visibleOptions(command)) {
        expect({ path, options: options.map(({ word }) => word) }).toMatchObject({
          path,
          options: expect.arrayContaining([long]),
        });
      }
      for (const each of command.createHelp().visibleCommands(command)) {
        if (each.name() !== 'help') visit(each, [...path, each.name()]);
      }
    };
    visit(program(), []);
  });

  it('without a slipway.yaml no names, and no error', () => {
    expect(complete(program(), ['deploy', ''], undefined)).toEqual([]);
    expect(complete(program(), [], undefined).length).toBeGreaterThan(10);
  });
});

describe('the command', () => {
  it('`complete` answers a line a candidate, even to what looks like options of its own', async () => {
    expect(await runCli(['complete', '--', 'deploy', '--output', 'te'], '/')).toEqual({
      exitCode: 0,
      stdout: 'text\t\n',
      stderr: '',
    });
    expect(await runCli(['complete', '--', '--vers'], '/')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^--version\t/),
    });
    expect(await runCli(['complete', '--', 'deploy', '--help', 'x'], '/')).toMatchObject({
      exitCode: 0,
      stdout: '',
    });
  });

  it.each(SHELLS)('`completion %s` prints its script', async (shell) => {
    const { exitCode, stdout, stderr } = await runCli(['completion', shell], '/');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toBe(SCRIPTS[shell]);
    expect(stdout).toMatchSnapshot();
  });
});
