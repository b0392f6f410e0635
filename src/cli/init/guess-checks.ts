/**
 * Which tests a repository has. One whose every part is declared in the repository (a lock file, pytest among the
 * requirements) is written into `slipway.yaml`; of the others only a comment, as they would fail the first release.
 */
import type { DraftCheck, DraftSetup } from './draft.ts';

export interface CheckSources {
  /** Files of the repository, from its top. */
  readonly paths: readonly string[];
  /** Build contexts: only what is deployed is tested. */
  readonly contexts: readonly string[];
  /** Starts of files; '' where there is none. */
  readonly read: (path: string) => Promise<string>;
}

const MOST_CHECKS = 20;

export async function guessChecks(sources: CheckSources): Promise<readonly DraftCheck[]> {
  const folders = [...new Set(['.', ...sources.contexts])].sort();
  const found: DraftCheck[] = [];
  for (const folder of folders) {
    found.push(...(await nodeChecks(folder, sources)), ...(await pythonTests(folder, sources, folders)));
  }
  found.push(...(await pythonFormat(sources, folders)));
  return named(found).slice(0, MOST_CHECKS);
}

const inside = (folder: string, path: string): boolean => folder === '.' || path.startsWith(`${folder}/`);
const within = (folder: string, file: string): string => (folder === '.' ? file : `${folder}/${file}`);

/** Tests of one folder alone are called `tests`; of several, by their folders. */
function named(checks: readonly DraftCheck[]): readonly DraftCheck[] {
  const taken = new Set<string>();
  return checks.map((check) => {
    let name = check.name;
    for (let number = 2; taken.has(name); number += 1) name = `${check.name}-${number}`;
    taken.add(name);
    return { ...check, name };
  });
}

const checkName = (folder: string, what: string): string => {
  const flat =
    folder === '.'
      ? ''
      : folder
          .replaceAll(/[^A-Za-z0-9]+/g, '-')
          .replaceAll(/^-+|-+$/g, '')
          .slice(0, 40);
  return flat === '' ? what : `${flat}-${what}`;
};

async function nodeChecks(folder: string, { paths, read }: CheckSources): Promise<readonly DraftCheck[]> {
  const file = within(folder, 'package.json');
  if (!paths.includes(file) || !hasTestScript(await read(file))) return [];
  const has = (lock: string): boolean => paths.includes(within(folder, lock));
  const isReady = has('package-lock.json');
  const [install, run, lock] = has('pnpm-lock.yaml')
    ? ['corepack pnpm install --frozen-lockfile', 'corepack pnpm test', 'pnpm-lock.yaml']
    : has('yarn.lock')
      ? ['corepack yarn install', 'corepack yarn test', 'yarn.lock']
      : isReady
        ? ['npm ci', 'npm test', 'package-lock.json']
        : ['npm install', 'npm test', 'package.json'];
  const missing = isReady ? '' : ', but there is no package-lock.json';
  return [
    {
      name: checkName(folder, 'tests'),
      directory: folder,
      setup: { run: install, key: [lock], paths: ['node_modules'] },
      run,
      guess: `${file} has a test script${missing}`,
      isReady,
    },
  ];
}

function hasTestScript(text: string): boolean {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return false;
  }
  const scripts =
    typeof content === 'object' && content !== null && 'scripts' in content ? content.scripts : undefined;
  const test =
    typeof scripts === 'object' && scripts !== null && 'test' in scripts ? scripts.test : undefined;
  // What `npm init` writes where there are no tests.
  return typeof test === 'string' && test.trim() !== '' && !test.includes('no test specified');
}

const REQUIREMENTS = [
  'requirements-dev.txt',
  'dev-requirements.txt',
  'requirements-test.txt',
  'test-requirements.txt',
  'requirements/dev.txt',
  'requirements/test.txt',
  'requirements.txt',
];
const IS_TEST = /(?:^|\/)(?:test_[^/]*|[^/]*_test)\.py$/;

/** The requirements file that names the tool: the folder's own, else the top's. */
async function declaring(
  tool: string,
  folder: string,
  { paths, read }: CheckSources,
): Promise<{ readonly directory: string; readonly file: string } | undefined> {
  for (const directory of [...new Set([folder, '.'])]) {
    for (const file of REQUIREMENTS.filter((each) => paths.includes(within(directory, each)))) {
      const lines = await read(within(directory, file));
      if (new RegExp(`^\\s*${tool}\\b(?![-_.\\w])`, 'im').test(lines)) return { directory, file };
    }
  }
  return undefined;
}

async function pythonSetup(
  { directory, file }: { readonly directory: string; readonly file: string },
  folder: string,
  { paths, read }: CheckSources,
): Promise<DraftSetup> {
  const text = await read(within(directory, file));
  const own = folder === directory ? 'requirements.txt' : `${folder}/requirements.txt`;
  const isNeeded =
    own !== file && paths.includes(within(directory, own)) && !text.includes('requirements.txt');
  const files = isNeeded ? [file, own] : [file, ...included(text, directory, paths)];
  const install = (isNeeded ? files : [file]).map((each) => `-r ${each}`).join(' ');
  return {
    run: `python3 -m venv .venv && .venv/bin/python -m pip install --quiet ${install}`,
    key: files,
    paths: ['.venv'],
  };
}

/** Files that a requirements file includes with `-r`. */
const included = (text: string, directory: string, paths: readonly string[]): readonly string[] =>
  [...text.matchAll(/^\s*-r\s*(\S+)/gm)]
    .map(([, file]) => file?.replace(/^\.\//, '') ?? '')
    .filter((file) => !file.includes('..') && paths.includes(within(directory, file)));

/** Word of a shell script: what else a path may hold is not guessed at. */
const isPlainPath = (path: string): boolean => /^[\w./-]+$/.test(path) && !path.startsWith('-');

async function pythonTests(
  folder: string,
  sources: CheckSources,
  folders: readonly string[],
): Promise<readonly DraftCheck[]> {
  const inner = folder === '.' ? folders.filter((each) => each !== '.') : [];
  const tests = sources.paths.filter((path) => inside(folder, path) && IS_TEST.test(path));
  // Those of a folder with an image of its own are that image's.
  const own = tests.filter((path) => !inner.some((each) => inside(each, path)));
  const [first] = own;
  if (first === undefined || !isPlainPath(folder)) return [];
  const place = await declaring('pytest', folder, sources);
  const directory = place?.directory ?? folder;
  const target = directory === folder ? '' : ` ${folder}`;
  return [
    {
      name: checkName(folder, 'tests'),
      directory,
      setup: place && (await pythonSetup(place, folder, sources)),
      run: `${place === undefined ? 'python3' : '.venv/bin/python'} -m pytest --quiet${target}`,
      guess:
        place === undefined
          ? `there are tests such as ${first}, but no requirements file names pytest`
          : `${within(place.directory, place.file)} names pytest, and there are tests such as ${first}`,
      isReady: place !== undefined,
    },
  ];
}

async function pythonFormat(
  sources: CheckSources,
  folders: readonly string[],
): Promise<readonly DraftCheck[]> {
  const place = await declaring('black', '.', sources);
  const withPython = folders.filter(
    (folder) =>
      folder !== '.' &&
      isPlainPath(folder) &&
      sources.paths.some((path) => inside(folder, path) && path.endsWith('.py')),
  );
  const targets = withPython.length > 0 ? withPython.join(' ') : '.';
  if (place !== undefined) {
    return [
      {
        name: 'python-format',
        directory: '.',
        setup: await pythonSetup(place, '.', sources),
        run: `.venv/bin/python -m black --check ${targets}`,
        guess: `${place.file} names black`,
        isReady: true,
      },
    ];
  }
  const project = ['.', ...folders]
    .map((folder) => within(folder, 'pyproject.toml'))
    .filter((path) => sources.paths.includes(path));
  for (const path of project) {
    if (!/^\[tool\.black\]/m.test(await sources.read(path))) continue;
    return [
      {
        name: 'python-format',
        directory: '.',
        setup: undefined,
        run: `python3 -m black --check ${targets}`,
        guess: `${path} configures black, but no requirements file names it`,
        isReady: false,
      },
    ];
  }
  return [];
}
