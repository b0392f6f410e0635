/** Which Dockerfiles are found in which repositories, how their images are called, and what they are built from. */
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { findDockerfiles } from '../../../src/cli/init/dockerfiles.ts';
import { listRepositoryFiles } from '../../../src/cli/init/repository-files.ts';
import { git, makeTree, type Tree } from './make-tree.ts';

const trees: Tree[] = [];
afterEach(async () => {
  for (const tree of trees.splice(0)) await tree.remove();
});

const tree = async (...args: Parameters<typeof makeTree>): Promise<string> => {
  const made = await makeTree(...args);
  trees.push(made);
  return made.top;
};

const find = async (top: string, isGit = true) => {
  const { paths } = await listRepositoryFiles(top, isGit);
  return findDockerfiles(top, paths, 'shop');
};

/** `name ← context: file`. */
const told = async (top: string, isGit = true): Promise<readonly string[]> =>
  (await find(top, isGit)).dockerfiles
    .map(({ name, context, file }) => `${name} ← ${context}: ${file}`)
    .sort();

const D = 'FROM scratch\n';

describe.each([
  ['in a git repository', true],
  ['where there is no git', false],
])('%s', (_where, isGit) => {
  it.each([
    ['none', { 'readme.md': '', 'Dockerfile.dockerignore': '', 'src/dockerfile_parser.py': '' }, []],
    ['one', { Dockerfile: D }, ['shop ← .: Dockerfile']],
    [
      'a monorepo',
      { 'api/Dockerfile': D, 'services/web/Dockerfile': D, 'services/worker/Dockerfile': D },
      ['api ← api: Dockerfile', 'web ← services/web: Dockerfile', 'worker ← services/worker: Dockerfile'],
    ],
    [
      'the three ways to call one',
      { Dockerfile: D, 'Dockerfile.worker': D, 'cron.Dockerfile': D },
      ['cron ← .: cron.Dockerfile', 'shop ← .: Dockerfile', 'worker ← .: Dockerfile.worker'],
    ],
    [
      'folders of the same name',
      { 'eu/api/Dockerfile': D, 'us/api/Dockerfile': D },
      ['eu-api ← eu/api: Dockerfile', 'us-api ← us/api: Dockerfile'],
    ],
    [
      'the same stem in two folders',
      { 'a/Dockerfile.worker': D, 'b/Dockerfile.worker': D },
      ['a-worker ← a: Dockerfile.worker', 'b-worker ← b: Dockerfile.worker'],
    ],
    [
      'other people’s',
      {
        Dockerfile: D,
        'node_modules/x/Dockerfile': D,
        'vendor/y/Dockerfile': D,
        'a/node_modules/z/Dockerfile': D,
      },
      ['shop ← .: Dockerfile'],
    ],
    [
      'templates and copies',
      { Dockerfile: D, 'Dockerfile.j2': D, 'Dockerfile.bak': D, 'Dockerfile.tmpl': D },
      ['shop ← .: Dockerfile'],
    ],
  ])('%s', async (_case, files, expected) => {
    expect(await told(await tree(files, { isGit }), isGit)).toEqual(expected);
  });
});

describe('names', () => {
  it('that a shell, YAML or ECS would stumble over become plain ones, all of them different', async () => {
    const top = await tree({
      'Älpha & Co; rm -rf ~/Dockerfile': D,
      '"quoted"\ttab/Dockerfile': D,
      '$(reboot)/Dockerfile': D,
      '-flag/Dockerfile': D,
      '日本/Dockerfile': D,
      'A_B/Dockerfile': D,
      'a-b/Dockerfile': D,
      [`${'long'.repeat(40)}/Dockerfile`]: D,
    });
    const { dockerfiles, leftOut } = await find(top);
    const names = dockerfiles.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*$/);
    expect(names).toEqual(expect.arrayContaining(['reboot', 'flag', 'shop', 'a-b', 'a-b-2']));
    // A tab is nothing that slipway.yaml can name.
    expect(leftOut).toEqual([
      { path: '"quoted"\ttab/Dockerfile', why: 'slipway.yaml cannot name such a path' },
    ]);
  });
});

describe('what is not deployed is left out, and said', () => {
  it.each(['Dockerfile.dev', 'test.Dockerfile', 'Dockerfile.CI', '.devcontainer/Dockerfile'])(
    '%s',
    async (path) => {
      const { dockerfiles, leftOut } = await find(await tree({ Dockerfile: D, [path]: D }));
      expect(dockerfiles.map((each) => each.path)).toEqual(['Dockerfile']);
      expect(leftOut).toEqual([{ path, why: 'by its name not what is deployed' }]);
    },
  );

  it('a link out of the repository; one inside is followed', async () => {
    const top = await tree({ 'real/Dockerfile': D });
    await writeFile(join(top, '../outside'), 'FROM secret\n');
    await mkdir(join(top, 'out'));
    await mkdir(join(top, 'in'));
    await symlink('../../outside', join(top, 'out/Dockerfile'));
    await symlink('../real/Dockerfile', join(top, 'in/Dockerfile'));
    const { dockerfiles, leftOut } = await find(top);
    expect(dockerfiles.map(({ path }) => path)).toEqual(['in/Dockerfile', 'real/Dockerfile']);
    expect(leftOut).toEqual([{ path: 'out/Dockerfile', why: 'a link that leads out of the repository' }]);
  });

  it('folders behind links: the tree is not left, and not walked twice', async () => {
    const top = await tree({ Dockerfile: D }, { isGit: false });
    await mkdir(join(top, '../other'));
    await writeFile(join(top, '../other/Dockerfile'), D);
    await symlink('../other', join(top, 'away'));
    await symlink('.', join(top, 'self'));
    expect(await told(top, false)).toEqual(['shop ← .: Dockerfile']);
  });

  it('what is no file: a folder, a pipe, a link to nothing, a deleted one', async () => {
    const top = await tree({ Dockerfile: D, 'gone/Dockerfile': D });
    await git(top, 'add', '--all');
    await git(top, 'commit', '--quiet', '--message', 'x');
    await execa('rm', [join(top, 'gone/Dockerfile')]);
    await mkdir(join(top, 'folder/Dockerfile'), { recursive: true });
    await mkdir(join(top, 'pipe'));
    await execa('mkfifo', [join(top, 'pipe/Dockerfile')]);
    await mkdir(join(top, 'dangling'));
    await symlink('nowhere', join(top, 'dangling/Dockerfile'));
    expect(await told(top)).toEqual(['shop ← .: Dockerfile']);
    expect(await told(top, false)).toEqual(['shop ← .: Dockerfile']);
  });

  it('what git ignores, as it is in no commit', async () => {
    const top = await tree({ Dockerfile: D, 'out/Dockerfile': D, '.gitignore': 'out/\n' });
    expect(await told(top)).toEqual(['shop ← .: Dockerfile']);
  });
});

describe('a tree without end', () => {
  it('is cut, and that is said', async () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`t/test_${at}.py`, '']));
    const top = await tree({ Dockerfile: D, ...many }, { isGit: false });
    const { paths, isCut } = await listRepositoryFiles(top, false, 50);
    expect({ isCut, length: paths.length }).toEqual({ isCut: true, length: 50 });
    expect(paths).toContain('Dockerfile');
  });

  it('of images: the first hundred', async () => {
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`s${at}/Dockerfile`, D]));
    const { dockerfiles, leftOut } = await find(await tree(many));
    expect(dockerfiles).toHaveLength(100);
    expect(leftOut).toEqual([{ path: 's99/Dockerfile', why: 'only the first 100 are taken' }]);
  });

  it('of folders in folders ends at a depth', async () => {
    const deep = `${Array.from({ length: 40 }, () => 'd').join('/')}/Dockerfile`;
    expect(await told(await tree({ Dockerfile: D, [deep]: D }, { isGit: false }), false)).toEqual([
      'shop ← .: Dockerfile',
    ]);
  });
});

describe('the build context', () => {
  const copies = (...lines: readonly string[]): string => ['FROM scratch', ...lines, ''].join('\n');

  it.each([
    [
      'is the folder of the Dockerfile',
      { 'api/Dockerfile': copies('COPY app.py .'), 'api/app.py': '' },
      'api',
    ],
    [
      'is the top where only there lies what is copied',
      { 'api/Dockerfile': copies('COPY api/app.py shared ./'), 'api/app.py': '', 'shared/x.py': '' },
      '.',
    ],
    [
      'in JSON, with flags, over several lines',
      {
        'api/Dockerfile': copies('COPY --chown=1:1 \\', '  ["shared", "api", "/app/"]'),
        'api/x': '',
        'shared/x': '',
      },
      '.',
    ],
    [
      'is the top of a folder that is only for packing',
      { 'docker/Dockerfile': copies('COPY . .'), 'app.py': '' },
      '.',
    ],
    [
      'does not mind other stages, URLs, patterns and variables',
      {
        'api/Dockerfile': copies(
          'COPY --from=build /out /out',
          'ADD https://x.test/a /a',
          'COPY *.py $SRC ./',
          'COPY . .',
        ),
      },
      'api',
    ],
    [
      'a leading slash is that of the context',
      { 'api/Dockerfile': copies('COPY /shared /x'), 'shared/x': '' },
      '.',
    ],
  ])('%s', async (_case, files, context) => {
    const { dockerfiles } = await find(await tree(files));
    expect(dockerfiles.map((each) => each.context)).toEqual([context]);
    const [dockerfile] = dockerfiles;
    expect(join(dockerfile?.context ?? '', dockerfile?.file ?? '')).toBe(dockerfile?.path);
    // Its own folder is what everybody expects; anything else is said.
    expect(dockerfile?.guess === undefined).toBe(context !== '.');
  });

  it('is said to be doubtful where what is copied is nowhere', async () => {
    const { dockerfiles } = await find(await tree({ 'api/Dockerfile': copies('COPY dist /app') }));
    expect(dockerfiles[0]).toMatchObject({
      context: 'api',
      guess: 'not all that it copies was found (dist)',
    });
  });

  it('does not need to read the Dockerfile', async () => {
    const top = await tree({ 'api/Dockerfile': D });
    await chmod(join(top, 'api/Dockerfile'), 0o000);
    expect(await told(top)).toEqual(['api ← api: Dockerfile']);
  });
});
