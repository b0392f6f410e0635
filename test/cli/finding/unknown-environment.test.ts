/** A mistyped environment: told before anything is started, where the slipway.yaml here knows better. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Command } from 'commander';
import { suggestEnvironment } from '../../../src/cli/finding/unknown-environment.ts';
import { reportError } from '../../../src/cli/report-error.ts';
import { ReleaseNotFoundError } from '../../../src/client/index.ts';
import { fakeTerminal, runCli } from '../fake-terminal.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-environments-'));
  await writeFile(join(folder, 'slipway.yaml'), 'app: shop\nenvironments: { production: {}, staging: {} }\n');
});
afterEach(() => rm(folder, { recursive: true }));

const run = async (...args: readonly string[]) => {
  const { exitCode, stdout, stderr } = await runCli(args, folder);
  return { exitCode, stdout, stderr: stderr.replaceAll(folder, '<folder>') };
};

describe('a command for an environment', () => {
  it('of nearly the name of one says which, and how to mean it all the same', async () => {
    const sha = 'a'.repeat(40);
    expect(await run('deploy', 'prodution', '--sha', sha)).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `error: there is no environment "prodution" in <folder>/slipway.yaml
  Did you mean production? slipway deploy production --sha ${sha} – if another commit has it: slipway deploy prodution --sha ${sha} --app shop
`,
    });
  });

  it.each([
    [['status', 'stagign']],
    [['history', 'Production']],
    [['show', 'stagin', '12']],
    [['freeze', 'produktion', '--reason', 'x']],
    [['unfreeze', 'productoin']],
    [['gc', 'stagin']],
    [['rollback', 'prod-uction']],
  ])('%j', async (args) => {
    expect(await run(...args)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/Did you mean (production|staging)\?/),
    });
  });

  it.each([[['freeze', 'prod', '--reason', 'x']], [['unfreeze', 'prod']]])(
    '%j: what a freeze does not name is not frozen, however far the name',
    async ([command = '', ...args]) => {
      expect(await run(command, ...args)).toEqual({
        exitCode: 2,
        stdout: '',
        stderr: `error: there is no environment "prod" in <folder>/slipway.yaml
  It has production, staging – if another commit has it: slipway ${[command, 'prod', ...args.slice(1)].join(' ')} --app shop
`,
      });
    },
  );

  it('also from a folder below', async () => {
    await mkdir(join(folder, 'api'));
    const { exitCode } = await runCli(['status', 'stagign'], join(folder, 'api'));
    expect(exitCode).toBe(2);
  });

  it('escape codes in the name do not reach the terminal', async () => {
    expect((await run('status', 'stagin\u001b[2J')).stderr).not.toContain('\u001b');
  });

  /** All of these get as far as git, which has nothing here. */
  it.each([
    ['one that is far from all is the plan’s to judge', ['deploy', 'preview-42']],
    ['the right one', ['deploy', 'staging']],
    ['the default one', ['deploy']],
    ['another app’s', ['deploy', 'stagign', '--app', 'blog']],
  ])('%s is not held up', async (_case, args) => {
    expect(await run(...args)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('which commit? There is no git repository here'),
    });
  });
});

describe('a release that is not found', () => {
  const typed = (text: string): Command => {
    const command = new Command('watch').argument('<release>').action(() => undefined);
    new Command('slipway').addCommand(command).parse(['node', 'slipway', 'watch', text]);
    return command;
  };

  it('may be a mistyped environment', async () => {
    expect(await suggestEnvironment(typed('prodution'), folder)).toBe(
      'Did you mean production? slipway watch production',
    );
    expect(await suggestEnvironment(typed('production'), folder)).toBeUndefined();
    expect(await suggestEnvironment(typed('deploy/shop/prodution/1'), folder)).toBeUndefined();
    expect(await suggestEnvironment(typed('prodution'), tmpdir())).toBeUndefined();
  });

  it('is said below what went wrong', () => {
    const fake = fakeTerminal();
    const code = reportError(
      new ReleaseNotFoundError('there is none', { advice: 'Start one.' }),
      fake.terminal,
      'Did you mean x?',
    );
    expect({ code, stderr: fake.stderr() }).toEqual({
      code: 2,
      stderr: 'error: there is none\n  Start one.\n  Did you mean x?\n',
    });
  });
});

describe('a slipway.yaml that is no help', () => {
  it.each([
    ['not YAML', 'app: ['],
    ['another shape', '- production'],
    ['names that are not for a shell', 'environments: { "$(reboot)": {}, "a b": {} }'],
    ['an alias without end', 'a: &a [*a, *a]\nenvironments: *a'],
  ])('%s stands in nobody’s way', async (_case, text) => {
    await writeFile(join(folder, 'slipway.yaml'), text);
    const { stdout, exitCode } = await runCli(['complete', '--', 'deploy', ''], folder);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 0 });
  });
});
