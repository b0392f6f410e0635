/** What `slipway-client` says to people who ask for help or make a mistake. */
import { describe, expect, it } from '@jest/globals';
import { tinyMain } from '../../../src/cli/tiny/main.ts';
import { fakeTerminal } from '../fake-terminal.ts';

const run = async (...args: readonly string[]) => {
  const fake = fakeTerminal();
  const exitCode = await tinyMain(['node', 'slipway-client', ...args], fake.terminal);
  return { exitCode, stdout: fake.stdout(), stderr: fake.stderr() };
};

describe('slipway-client', () => {
  it.each(['', 'start', 'wait', 'signal', 'status'])(
    '%s --help goes to stdout and ends well',
    async (name) => {
      const { exitCode, stdout, stderr } = await run(...name.split(' ').filter(Boolean), '--help');
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(stdout).toMatchSnapshot();
    },
  );

  it.each([
    ['a misspelt command', ['strat'], 'Did you mean start?'],
    ['an unknown option', ['start', 'production', '--shaa', 'x'], 'Did you mean --sha?'],
    ['a missing argument', ['wait'], "missing required argument 'release'"],
    [
      'a time that is none',
      ['wait', 'x', '--timeout', 'soon'],
      'Expected a number of seconds above 0, up to a week.',
    ],
  ])('%s ends with 2', async (_what, args, text) => {
    expect(await run(...args)).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining(text),
    });
  });
});
