/** Which tests a repository is thought to have, and which of them are ready to run. */
import { describe, expect, it } from '@jest/globals';
import { guessChecks } from '../../../src/cli/init/guess-checks.ts';

const guess = async (files: Readonly<Record<string, string>>, contexts: readonly string[] = ['.']) => {
  const checks = await guessChecks({
    paths: Object.keys(files).sort(),
    contexts,
    read: async (path) => files[path] ?? '',
  });
  return checks.map(({ name, directory, setup, run, isReady }) => ({
    line: `${isReady ? '' : '# '}${name}: ${directory}$ ${run}`,
    setup: setup?.run,
    key: setup?.key,
  }));
};

const lines = async (...args: Parameters<typeof guess>): Promise<readonly string[]> =>
  (await guess(...args)).map(({ line }) => line);

const TEST = JSON.stringify({ scripts: { test: 'node --test' } });

describe('npm', () => {
  it('a test script with a lock file is a check', async () => {
    expect(await guess({ 'package.json': TEST, 'package-lock.json': '{}' })).toEqual([
      { line: 'tests: .$ npm test', setup: 'npm ci', key: ['package-lock.json'] },
    ]);
  });

  it.each([
    ['no lock file', { 'package.json': TEST }, ['# tests: .$ npm test']],
    ['yarn', { 'package.json': TEST, 'yarn.lock': '' }, ['# tests: .$ corepack yarn test']],
    ['pnpm', { 'package.json': TEST, 'pnpm-lock.yaml': '' }, ['# tests: .$ corepack pnpm test']],
    [
      'what `npm init` writes',
      { 'package.json': JSON.stringify({ scripts: { test: 'echo "Error: no test specified" && exit 1' } }) },
      [],
    ],
    ['no test script', { 'package.json': '{"scripts":{"build":"x"}}' }, []],
    ['no JSON', { 'package.json': '{' }, []],
    ['JSON of another kind', { 'package.json': '[1]' }, []],
    ['scripts of another kind', { 'package.json': '{"scripts":{"test":{"a":1}}}' }, []],
    [
      'a folder that no image is built from',
      { 'tools/package.json': TEST, 'tools/package-lock.json': '' },
      [],
    ],
  ])('%s', async (_case, files, expected) => {
    expect(await lines(files)).toEqual(expected);
  });
});

describe('pytest', () => {
  it('named in the requirements of the folder, with tests', async () => {
    expect(await guess({ 'requirements.txt': 'flask\npytest==8\n', 'tests/test_app.py': '' })).toEqual([
      {
        line: 'tests: .$ .venv/bin/python -m pytest --quiet',
        setup: 'python3 -m venv .venv && .venv/bin/python -m pip install --quiet -r requirements.txt',
        key: ['requirements.txt'],
      },
    ]);
  });

  it('in the sample’s way: one file of requirements at the top, for several images', async () => {
    const files = {
      'requirements-dev.txt': '-r api/requirements.txt\npytest\nblack\n',
      'api/requirements.txt': 'flask\n',
      'api/app.py': '',
      'api/tests/test_app.py': '',
      'runner/test_jobs.py': '',
      'web/package.json': TEST,
      'web/package-lock.json': '{}',
    };
    const found = await guess(files, ['api', 'runner', 'web']);
    expect(found.map(({ line }) => line)).toEqual([
      'api-tests: .$ .venv/bin/python -m pytest --quiet api',
      'runner-tests: .$ .venv/bin/python -m pytest --quiet runner',
      'web-tests: web$ npm test',
      'python-format: .$ .venv/bin/python -m black --check api runner',
    ]);
    const [first, second] = found;
    expect(first?.key).toEqual(['requirements-dev.txt', 'api/requirements.txt']);
    // The same set-up is run once.
    expect(second?.setup).toBe(first?.setup);
  });

  it('the app’s own requirements come along where the tests’ do not include them', async () => {
    const [check] = await guess({
      'requirements-dev.txt': 'pytest\n',
      'requirements.txt': 'flask\n',
      'test_x.py': '',
    });
    expect(check?.setup).toContain('-r requirements-dev.txt -r requirements.txt');
    expect(check?.key).toEqual(['requirements-dev.txt', 'requirements.txt']);
  });

  it.each([
    ['tests, but nothing names pytest', { 'test_x.py': '' }, ['# tests: .$ python3 -m pytest --quiet']],
    [
      'only a plugin of it is named',
      { 'requirements.txt': 'pytest-cov\n', 'test_x.py': '' },
      ['# tests: .$ python3 -m pytest --quiet'],
    ],
    ['it is named, but there are no tests', { 'requirements.txt': 'pytest\n', 'app.py': '' }, []],
    [
      'it stands in a comment',
      { 'requirements.txt': '# pytest\n', 'test_x.py': '' },
      ['# tests: .$ python3 -m pytest --quiet'],
    ],
  ])('%s', async (_case, files, expected) => {
    expect(await lines(files)).toEqual(expected);
  });

  it('a folder whose name a shell reads more into is not guessed at', async () => {
    const folder = 'a; rm -rf ~';
    expect(
      await lines({ [`${folder}/test_x.py`]: '', 'requirements.txt': 'pytest\nblack\n' }, [folder]),
    ).not.toContainEqual(expect.stringContaining('rm -rf'));
  });
});

describe('black', () => {
  it('configured, but named in no requirements, is a comment', async () => {
    expect(await lines({ 'pyproject.toml': '[tool.black]\nline-length = 99\n' })).toEqual([
      '# python-format: .$ python3 -m black --check .',
    ]);
  });
});

it('checks of the same name are told apart', async () => {
  const files = {
    'package.json': TEST,
    'package-lock.json': '{}',
    'requirements.txt': 'pytest\n',
    'test_x.py': '',
  };
  expect(await lines(files)).toEqual([
    'tests: .$ npm test',
    'tests-2: .$ .venv/bin/python -m pytest --quiet',
  ]);
});
