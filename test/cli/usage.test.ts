/** What the CLI says to people who ask for help or make a mistake. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { runCli } from './fake-terminal.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-cli-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('help', () => {
  it.each([
    ['--help'],
    ['deploy --help'],
    ['checks --help'],
    ['plan --help'],
    ['watch --help'],
    ['why --help'],
    ['logs --help'],
    ['pause --help'],
    ['resume --help'],
    ['rollback --help'],
    ['abort --help'],
    ['approve --help'],
    ['deny --help'],
    ['retry --help'],
    ['skip --help'],
    ['give-up --help'],
    ['status --help'],
    ['history --help'],
    ['show --help'],
    ['freeze --help'],
    ['unfreeze --help'],
    ['gc --help'],
    ['init --help'],
    ['doctor --help'],
    ['completion --help'],
    ['local --help'],
    ['local up --help'],
    ['worker --help'],
    ['worker control --help'],
    ['serve --help'],
  ])('of `slipway %s` goes to stdout and ends well', async (args) => {
    const { exitCode, stdout, stderr } = await runCli(args.split(' '));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatchSnapshot();
  });

  it.each([
    [['help'], ['--help']],
    [
      ['help', 'plan'],
      ['plan', '--help'],
    ],
    [
      ['help', 'local'],
      ['local', '--help'],
    ],
    [
      ['help', 'local', 'up'],
      ['local', 'up', '--help'],
    ],
    [
      ['local', 'help', 'up'],
      ['local', 'up', '--help'],
    ],
    [
      ['help', 'worker', 'build'],
      ['worker', 'build', '--help'],
    ],
  ])('is what %j shows, too', async (args, same) => {
    const { stdout } = await runCli(same);
    expect(await runCli(args)).toEqual({ exitCode: 0, stdout, stderr: '' });
  });

  it('names every exit code of the design where a release is started', async () => {
    const { stdout } = await runCli(['deploy', '--help']);
    for (const code of [0, 1, 2, 3, 4, 5, 6, 7, 70, 124])
      expect(stdout).toMatch(new RegExp(`\\b${code} \\w`));
  });

  it('does not offer the internal commands', async () => {
    expect((await runCli(['local', '--help'])).stdout).not.toContain('aws-endpoint');
  });
});

describe('a mistake ends with 2, says what is wrong and what would be right', () => {
  it.each([
    ['a misspelt command', ['deploi'], 'Did you mean deploy?'],
    ['help of a misspelt command', ['help', 'plam'], "unknown command 'plam'\n(Did you mean plan?)"],
    ['help of what is no command', ['help', 'bogus'], '(slipway --help shows what there is)'],
    ['help of a misspelt command of a command', ['help', 'local', 'uq'], '(Did you mean up?)'],
    ['help of a command of none', ['help', 'plan', 'x'], '(slipway plan --help shows what there is)'],
    ['help of a misspelt one by its group', ['worker', 'help', 'biuld'], '(Did you mean build?)'],
    ['a misspelt command of a command', ['local', 'staus'], 'Did you mean status?'],
    ['a misspelt worker', ['worker', 'biuld'], 'Did you mean build?'],
    ['an option that two could be', ['history', '--ap', 'x'], 'Did you mean --app?'],
    ['an option of a command of a command', ['local', 'up', '--aws-prot', '1'], 'Did you mean --aws-port?'],
    ['a place that there is not', ['doctor', 'laptop'], 'Allowed choices are all, client'],
    ['a shell that there is not', ['completion', 'tcsh'], 'Allowed choices are bash, zsh, fish'],
    ['an unknown option', ['deploy', '--shaa', 'x'], 'Did you mean --sha?'],
    ['a missing argument', ['resume'], "missing required argument 'release'"],
    ['a format that there is not', ['deploy', '--output', 'xml'], 'Allowed choices are text, json'],
    ['a port that is none', ['local', 'up', '--ui-port', '70000'], 'Expected a port'],
    ['a release that is not named', ['pause'], "missing required argument 'release'"],
    ['a service that is not named', ['skip', 'production'], "missing required argument 'service'"],
    [
      'a freeze until no moment',
      ['freeze', 'production', '--reason', 'x', '--until', 'friday'],
      'with its zone',
    ],
    [
      'a freeze until a time without a zone',
      ['freeze', 'production', '--reason', 'x', '--until', '2126-11-30T08:00'],
      'with its zone',
    ],
    [
      'a freeze that is over',
      ['freeze', 'production', '--reason', 'x', '--until', '2020-11-30T08:00Z'],
      'It has passed',
    ],
    ['a pause for no time', ['pause', 'production', '--for', '0s'], 'Expected a duration'],
    ['a pause for ever and a day', ['pause', 'production', '--for', '169h'], 'up to a week'],
    ['a pause for a number of nothing', ['pause', 'production', '--for', '10'], 'Expected a duration'],
    [
      'a number of releases that is none',
      ['gc', 'production', '--keep', 'all'],
      'Expected a number of releases',
    ],
    ['an age that is none', ['gc', 'production', '--min-age', '1d'], 'Expected a duration'],
    [
      'a number of lines that is none',
      ['logs', 'production', 'x', '--tail', '-1'],
      'Expected a number of lines',
    ],
    ['a step and a service at once', ['logs', '--step', 'x', '--service', 'y'], 'cannot be used with'],
    ['no release', ['show'], "missing required argument 'release'"],
    ['a release by no name', ['show', 'production', 'yesterday'], 'Expected its number'],
    ['no time at all', ['watch', 'x', '--timeout', '0'], 'above 0'],
    // Node's timers end at 24.8 days: longer ones would be over at once.
    ['a time that no timer has', ['watch', 'x', '--timeout', '2147484'], 'up to a week'],
    ['a time without an end', ['watch', 'x', '--timeout', 'Infinity'], 'up to a week'],
    ['a pull request that is none', ['checks', '--pull-request', 'main'], 'Expected a number above 0'],
    [
      'a repository on GitHub that is none',
      ['worker', 'control', '--github', 'shop=https://github.com/ada/shop'],
      'as on GitHub',
    ],
    ['an installation that is none', ['worker', 'control', '--github-installation', 'x'], 'above 0'],
    ['a receiver without a configuration', ['serve'], "required option '--config <file>'"],
    ['a receiver nowhere', ['serve', '--config', 'x', '--listen', '8080'], 'Expected an address'],
    ['a build worker for no architecture', ['worker', 'build'], '--architecture'],
    [
      'a deploy queue that no environment can name',
      ['worker', 'deploy', '--queue', 'A b'],
      'Expected a name',
    ],
    ['an account that is none', ['local', 'up', '--account-id', '12'], 'twelve digits'],
    ['a repository without an app', ['worker', 'control', '--repository', 'x'], 'Expected <app>='],
  ])('%s', async (_case, args, says) => {
    const { exitCode, stdout, stderr } = await runCli(args, folder);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(says);
  });

  it.each([
    [['deploi'], '(slipway --help shows what there is)'],
    [['deploy', '--shaa'], '(slipway deploy --help shows what there is)'],
    [['local', 'up', 'x', 'y'], '(slipway local up --help shows what there is)'],
  ])('%j points to the help of the command that it was made in', async (args, says) => {
    expect((await runCli(args, folder)).stderr).toContain(says);
  });

  it('no command at all shows what there is', async () => {
    const { exitCode, stdout, stderr } = await runCli([]);
    expect(exitCode).toBe(2);
    expect(stdout + stderr).toContain('Start and watch releases:');
  });
});

describe('which app and which commit', () => {
  const deploy = (...args: string[]) => runCli(['deploy', ...args], folder);

  it('is asked where no slipway.yaml says it', async () => {
    const { exitCode, stderr } = await deploy('production');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringMatching(/which app\? There is no slipway\.yaml here\n.*--app/),
    });
  });

  it.each([
    ['is not YAML', 'app: [', 'is not YAML'],
    ['names no app', 'services: {}', 'does not name the app'],
  ])('a slipway.yaml that %s is an error that names the file', async (_case, text, says) => {
    await writeFile(join(folder, 'slipway.yaml'), text);
    const { exitCode, stderr } = await deploy('production');
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`${join(folder, 'slipway.yaml')} ${says}`);
  });

  it('outside a repository HEAD means nothing', async () => {
    const { exitCode, stderr } = await deploy('--app', 'shop');
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining('which commit?') });
  });

  it('a ref that the repository does not know is an error before anything is started', async () => {
    await execa('git', ['init', '-q'], { cwd: folder });
    const { exitCode, stderr } = await deploy('--app', 'shop', '--sha', 'nowhere');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringContaining('nowhere names no commit'),
    });
  });

  it('a ref that looks like an option is a ref', async () => {
    await execa('git', ['init', '-q'], { cwd: folder });
    const { exitCode, stderr } = await deploy('--app', 'shop', '--sha=--all');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringContaining('--all names no commit'),
    });
  });
});

describe('local', () => {
  it.each([['env'], ['status']])(
    '%s of a folder without an instance says how to start one',
    async (command) => {
      const { exitCode, stdout, stderr } = await runCli(['local', command], folder);
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).toMatch(/there is no local instance in .*\n.*slipway local up/);
    },
  );

  it('down of a folder without an instance has nothing to do', async () => {
    const { exitCode, stderr } = await runCli(['local', 'down'], folder);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringContaining('nothing to stop') });
  });

  it('up outside a repository asks for one', async () => {
    const { exitCode, stderr } = await runCli(['local', 'up'], folder);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringContaining('which repository?'),
    });
  });

  it('up in a repository without slipway.yaml says what writes one, and how that may ask the local AWS', async () => {
    await execa('git', ['init', '-q'], { cwd: folder });
    const { exitCode, stderr } = await runCli(['local', 'up'], folder);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^error: which app is in .*\n.*`slipway init`.*`slipway local up --only aws`/);
  });
});
