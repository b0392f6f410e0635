/**
 * The Dockerfiles of a repository: which make an image that is deployed, how it is called, and from which folder it is
 * built.
 */
import { access, open } from 'node:fs/promises';
import { join } from 'node:path';
import { copiedPaths } from './copied-paths.ts';
import { isPackingFolder, nameImages, stemOf } from './image-names.ts';
import { fileState } from './repository-files.ts';

export interface Dockerfile {
  /** From the top: `api/Dockerfile`. */
  readonly path: string;
  /** Of the image. */
  readonly name: string;
  /** `.` is the top. */
  readonly context: string;
  /** Relative to the context. */
  readonly file: string;
  /** How the context was chosen, where it is not simply the Dockerfile's own folder. */
  readonly guess: string | undefined;
}

export interface LeftOut {
  readonly path: string;
  readonly why: string;
}

export interface FoundDockerfiles {
  readonly dockerfiles: readonly Dockerfile[];
  readonly leftOut: readonly LeftOut[];
}

/** So many images in one repository are more than a person could check. */
const MOST_DOCKERFILES = 100;
const LONGEST_BYTES = 256 * 1024;

const IS_DOCKERFILE = /^(?:dockerfile(?:\.[^/]+)?|[^/]+\.dockerfile)$/i;
const NOT_DEPLOYED =
  /^(?:dev|devel|develop|development|test|tests|testing|e2e|ci|local|debug|lint|base|builder|devcontainer)$/i;
const NO_DOCKERFILE =
  /^(?:dockerignore|j2|jinja|tmpl|tpl|template|erb|in|md|txt|bak|orig|rej|sw.|example|sample)$/i;
/** What `slipway.yaml` can name (relativePath of src/config/fields.ts), without marks that hide or reorder text. */
const NAMEABLE = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\\:]{1,400}$/u;

export async function findDockerfiles(
  top: string,
  paths: readonly string[],
  app: string,
): Promise<FoundDockerfiles> {
  const leftOut: LeftOut[] = [];
  const chosen: string[] = [];
  for (const path of paths) {
    const file = path.split('/').at(-1) ?? '';
    if (!IS_DOCKERFILE.test(file) || NO_DOCKERFILE.test(stemOf(file)?.split('.').at(-1) ?? '')) continue;
    const why = await reasonAgainst(top, path, stemOf(file));
    if (why === 'gone') continue;
    if (why !== undefined) leftOut.push({ path, why });
    else if (chosen.length < MOST_DOCKERFILES) chosen.push(path);
    else leftOut.push({ path, why: `only the first ${MOST_DOCKERFILES} are taken` });
  }
  const names = nameImages(chosen, app);
  const dockerfiles = await Promise.all(
    chosen.map(async (path) => ({ path, name: names.get(path) ?? app, ...(await chooseContext(top, path)) })),
  );
  return { dockerfiles, leftOut };
}

async function reasonAgainst(
  top: string,
  path: string,
  stem: string | undefined,
): Promise<string | undefined> {
  if (!NAMEABLE.test(path)) return 'slipway.yaml cannot name such a path';
  const state = await fileState(top, path);
  if (state === 'gone') return 'gone';
  if (state === 'outside') return 'a link that leads out of the repository';
  const isDev = path.split('/').some((part) => part === '.devcontainer');
  if (isDev || (stem !== undefined && NOT_DEPLOYED.test(stem))) return 'by its name not what is deployed';
  return undefined;
}

type Context = Pick<Dockerfile, 'context' | 'file' | 'guess'>;

/** Its own folder, unless what it copies lies only at the top. */
async function chooseContext(top: string, path: string): Promise<Context> {
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.';
  const own: Context = {
    context: folder,
    file: path.slice(folder === '.' ? 0 : folder.length + 1),
    guess: undefined,
  };
  if (folder === '.') return own;
  const copied = copiedPaths(await readStart(join(top, path)));
  const named = copied.filter((each) => each !== '.');
  const isAllIn = async (context: string): Promise<boolean> =>
    (await Promise.all(named.map((each) => exists(join(top, context, each))))).every(Boolean);
  const fromTop: Context = { context: '.', file: path, guess: undefined };
  if (named.length === 0) {
    if (!copied.includes('.') || !isPackingFolder(folder)) return own;
    return { ...fromTop, guess: 'the folder of the Dockerfile holds nothing but that' };
  }
  if (await isAllIn(folder)) return own;
  if (await isAllIn('.')) return { ...fromTop, guess: 'what it copies lies at the top' };
  return { ...own, guess: `not all that it copies was found (${named.slice(0, 3).join(', ')})` };
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

export async function readStart(path: string): Promise<string> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return '';
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LONGEST_BYTES), 0, LONGEST_BYTES, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
