/** What this machine has and has not. */
import { chmod, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { architectureCheck, dockerCheck, openEngine, toolCheck } from '../../../src/cli/doctor/docker.ts';
import { runChecks } from '../../../src/cli/doctor/finding.ts';
import { noCredentialsCheck, nodeCheck, remoteCheck } from '../../../src/cli/doctor/machine.ts';
import { git, makeTree, type Tree } from '../init/make-tree.ts';

let folder: string | undefined;
let tree: Tree | undefined;
afterEach(async () => {
  await tree?.remove();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  folder = undefined;
  tree = undefined;
});

describe('Node', () => {
  it.each([
    ['v20.5.0', 'ok'],
    ['v20.20.2', 'ok'],
    ['v22.0.0', 'ok'],
    ['v20.4.9', 'broken'],
    ['v18.20.0', 'broken'],
  ])('%s: %s', async (version, state) => {
    const [finding] = await runChecks([nodeCheck(version)]);
    expect(finding).toMatchObject({ state });
    if (state === 'broken') expect(finding?.fix).toContain('>=20.5');
  });
});

describe('credentials where there should be none', () => {
  it('are a warning that names the variables, and never what is in them', async () => {
    const env = {
      AWS_SECRET_ACCESS_KEY: 'hunter2',
      AWS_PROFILE: 'prod',
      AWS_REGION: 'eu-central-1',
      PATH: '',
    };
    const [finding] = await runChecks([noCredentialsCheck('checks', env)]);
    expect(finding).toMatchObject({ state: 'warning', fix: 'unset AWS_SECRET_ACCESS_KEY AWS_PROFILE' });
    expect(JSON.stringify(finding)).not.toContain('hunter2');
    expect(await runChecks([noCredentialsCheck('control', { AWS_REGION: 'x' })])).toMatchObject([
      { state: 'ok' },
    ]);
  });
});

describe('the git remote', () => {
  it('has the commit, has it not, is not there', async () => {
    tree = await makeTree({ a: '' });
    const { top } = tree;
    const state = async (): Promise<string> => {
      const [finding] = await runChecks([remoteCheck(top)]);
      return `${finding?.state}: ${finding?.says.replaceAll(/[0-9a-f]{12}/g, '<sha>')}`;
    };
    expect(await state()).toBe('warning: there is no commit yet');
    await git(top, 'add', '--all');
    await git(top, 'commit', '--quiet', '--message', 'x');
    expect(await state()).toMatch(/^warning: there is no remote `origin` that answers/);
    await git(join(top, '..'), 'init', '--quiet', '--bare', 'origin.git');
    await git(top, 'remote', 'add', 'origin', '../origin.git');
    expect(await state()).toMatch(/^warning: origin does not have <sha>/);
    await git(top, 'push', '--quiet', 'origin', 'main');
    expect(await state()).toBe('ok: origin has <sha>');
  });

  it('outside a repository', async () => {
    expect(await runChecks([remoteCheck(undefined)])).toMatchObject([
      { state: 'warning', says: 'there is no git repository here' },
    ]);
  });
});

describe('programs', () => {
  const program = async (name: string, script: string): Promise<string> => {
    folder ??= await realpath(await mkdtemp(join(tmpdir(), 'slipway-doctor-test-')));
    const path = join(folder, name);
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
    return path;
  };
  const env = async (docker: string, buildx = 'exit 1') => ({
    PATH: process.env.PATH ?? '',
    DOCKER_HOST: 'unix:///nowhere',
    SLIPWAY_DOCKER: await program('docker', docker),
    SLIPWAY_BUILDX: await program('buildx', buildx),
  });
  const INFO = `case "$1" in info) printf 'some-id\\tx86_64\\n' ;; version) echo 27.1 ;; esac`;

  it('a Docker that answers', async () => {
    const variables = await env(INFO);
    expect(await runChecks([dockerCheck(openEngine(variables), variables)])).toMatchObject([
      { state: 'ok', says: 'engine 27.1, amd64' },
    ]);
  });

  it('no engine: Docker is broken with its fix, and the architectures are not asked for', async () => {
    const variables = await env('echo "Cannot connect to the Docker daemon" >&2; exit 1');
    const engine = openEngine(variables);
    const found = await runChecks([dockerCheck(engine, variables), architectureCheck('arm64', engine, true)]);
    expect(found).toMatchObject([
      {
        state: 'broken',
        says: expect.stringContaining('Cannot connect'),
        fix: expect.stringContaining('start Docker'),
      },
      { state: 'not-asked', says: 'no Docker engine answers' },
    ]);
  });

  it('what cannot be run is broken where it is needed, and a warning on a build machine for the other architecture', async () => {
    const variables = await env(INFO, 'echo "exec format error" >&2; exit 1');
    const engine = openEngine(variables);
    const found = await runChecks([
      architectureCheck('amd64', engine, false),
      architectureCheck('arm64', engine, true),
      architectureCheck('arm64', engine, false),
    ]);
    await engine.close();
    expect(found.map(({ state }) => state)).toEqual(['broken', 'broken', 'warning']);
    expect(found[1]?.fix).toContain('--install arm64');
  });

  it('both run: native and emulated', async () => {
    const variables = await env(INFO, 'exit 0');
    const engine = openEngine(variables);
    const found = await runChecks([
      architectureCheck('amd64', engine, true),
      architectureCheck('arm64', engine, true),
    ]);
    await engine.close();
    expect(found.map(({ says }) => says)).toEqual(['native', 'emulated: builds take several times as long']);
  });

  it('a tool that is not there', async () => {
    const none = { PATH: '/nowhere', SLIPWAY_CACHE: '/nowhere' };
    expect(
      await runChecks([toolCheck('temporal', true, none), toolCheck('temporal', false, none)]),
    ).toMatchObject([
      { state: 'broken', fix: expect.stringContaining('script/setup') },
      { state: 'warning', says: expect.stringContaining('only `slipway local` needs it') },
    ]);
  });
});
