/**
 * A new user: a folder with a Dockerfile and a program, and docs/first-service.md, block by block as it stands there –
 * awscli, `slipway init`, `slipway local`, `slipway doctor`, `slipway deploy`. No other file is written by hand.
 */
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { parseConfiguration } from '../../src/config/parse-configuration.ts';
import { freePorts } from '../../src/local/stack/ports.ts';
import { clientPath } from '../conformance/clients.ts';
import { ensureBuilt, slipway, TOP } from './built-cli.ts';
import { DOCKERFILE, PROGRAM } from './one-service.ts';

const RELEASE_MS = 400_000;

let folder: string;
let programs: string;
let port: number;

/** Blocks of the page, with ports that are free here. */
const blocks = async (): Promise<readonly string[]> => {
  const page = await readFile(join(TOP, 'docs/first-service.md'), 'utf8');
  return [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, code = '']) =>
    code.replaceAll('8088', String(port)),
  );
};

/** A shell of a person who has awscli and `slipway` on the PATH, and nothing that points at another AWS. */
const shell = (script: string) =>
  execa('bash', ['-e', '-u', '-o', 'pipefail', '-c', script], {
    cwd: folder,
    extendEnv: false,
    env: {
      ...Object.fromEntries(
        Object.entries(process.env).filter(([name]) => !/^(AWS_|TEMPORAL_|CI$)/.test(name)),
      ),
      PATH: [programs, process.env.PATH].join(delimiter),
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      SLIPWAY_TEMPORAL_PORT: '0',
      SLIPWAY_UI_PORT: '0',
      SLIPWAY_AWS_PORT: '0',
      GIT_AUTHOR_NAME: 'Ada',
      GIT_AUTHOR_EMAIL: 'ada@example.com',
      GIT_COMMITTER_NAME: 'Ada',
      GIT_COMMITTER_EMAIL: 'ada@example.com',
    },
    reject: false,
    all: true,
    stdin: 'ignore',
  });

beforeAll(async () => {
  await ensureBuilt();
  folder = join(await mkdtemp(join(tmpdir(), 'slipway-new-')), 'hello');
  programs = join(dirname(folder), 'bin');
  await execa('mkdir', ['-p', folder, programs]);
  await symlink(join(TOP, 'bin/slipway.js'), join(programs, 'slipway'));
  await symlink(await clientPath('aws'), join(programs, 'aws'));
  await writeFile(join(folder, 'Dockerfile'), DOCKERFILE);
  await writeFile(join(folder, 'hello.py'), PROGRAM);
  [port = 0] = await freePorts(1);
  const git = await shell('git init -q -b main && git add --all && git commit -q -m "feat: hello"');
  expect(git.all).toBe('');
}, RELEASE_MS);

afterAll(async () => {
  if (folder === undefined) return;
  await slipway(['local', 'down', '--wipe'], { cwd: folder });
  await rm(dirname(folder), { recursive: true, force: true });
}, RELEASE_MS);

describe('docs/first-service.md', () => {
  it(
    'brings a repository with a Dockerfile to a deployed release, with no other file written by hand',
    async () => {
      const all = await blocks();
      expect(all).toHaveLength(5);
      // One shell for all, as a person has it; what is asked of the running stack comes before it is stopped.
      const [up = '', make = '', init = '', deploy = '', look = ''] = all;
      const asked = 'slipway doctor --json > doctor.json; slipway doctor deploy; slipway status production';
      const run = await shell([up, make, init, deploy, asked, look].join('\n'));
      expect({ exitCode: run.exitCode, all: run.all }).toMatchObject({ exitCode: 0 });
      expect(run.all).toContain('✓ asked AWS as');
      expect(run.all).not.toContain('guessed: image');
      expect(run.all).toMatch(/✓ succeeded {2}hello → production/);
      const { stdout: sha } = await shell('git rev-parse HEAD');
      expect(run.all).toContain(`{"commit": "${sha}", "says": "hello"}`);

      const configuration = parseConfiguration(await readFile(join(folder, 'slipway.yaml'), 'utf8'));
      expect(configuration.images.hello).toMatchObject({
        context: '.',
        dockerfile: 'Dockerfile',
        repository: 'hello',
      });
      expect(configuration.services.hello?.health).toMatchObject({ path: '/' });
      expect(configuration.environments).toMatchObject({ production: { cluster: 'hello' } });

      const report = JSON.parse(await readFile(join(folder, 'doctor.json'), 'utf8')) as {
        findings: readonly { id: string; state: string }[];
      };
      const states = new Map(report.findings.map(({ id, state }) => [id, state]));
      expect(Object.fromEntries(states)).toMatchObject({
        'machine.architecture.amd64': 'ok',
        'machine.architecture.arm64': 'ok',
        'temporal.server': 'ok',
        'temporal.pool.slipway-control': 'ok',
        'temporal.pool.slipway-deploy': 'ok',
        'temporal.pool.slipway-build-arm64': 'ok',
        'aws.identity': 'ok',
        'aws.permissions.ecs': 'ok',
        'aws.changes': 'not-asked',
        'configuration.file': 'ok',
        'configuration.production.services': 'ok',
        'configuration.production.repositories': 'ok',
        'configuration.production.breaker': 'ok',
      });
      expect([...states.values()]).not.toContain('broken');
    },
    RELEASE_MS,
  );
});
