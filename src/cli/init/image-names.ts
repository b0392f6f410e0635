/**
 * What an image is called, from where its Dockerfile lies. Pure.
 */

/** Folders that say how something is packed, not what it is. */
const PACKING = new Set([
  'docker',
  'dockerfiles',
  'deploy',
  'deployment',
  'build',
  'container',
  'containers',
  'ci',
]);

export const isPackingFolder = (folder: string): boolean =>
  PACKING.has((folder.split('/').at(-1) ?? '').replace(/^\./, '').toLowerCase());

/** Lower case, digits and single hyphens: good as an image, an ECR repository and an ECS service. '' where nothing is left. */
export const plain = (text: string): string =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 50)
    .replaceAll(/-+$/g, '');

/** `worker` of `Dockerfile.worker` and `worker.Dockerfile`; undefined of `Dockerfile`. */
export function stemOf(fileName: string): string | undefined {
  const match = /^dockerfile\.(?<after>.+)$|^(?<before>.+)\.dockerfile$/i.exec(fileName);
  return match?.groups?.after ?? match?.groups?.before;
}

const split = (path: string): { readonly folder: string; readonly file: string } => {
  const at = path.lastIndexOf('/');
  return at === -1 ? { folder: '', file: path } : { folder: path.slice(0, at), file: path.slice(at + 1) };
};

/** From the shortest to the one that says all. */
function candidates(path: string, app: string): readonly string[] {
  const { folder, file } = split(path);
  const stem = stemOf(file);
  const parts = folder.split('/').filter((part) => part !== '');
  const telling = parts.filter((part) => !isPackingFolder(part));
  const last = telling.at(-1);
  const all = stem === undefined ? [...parts] : [...parts, stem];
  const shortest = stem ?? last ?? app;
  const next = stem === undefined ? telling : [...(last === undefined ? [] : [last]), stem];
  return [shortest, next.join('-'), all.join('-')].map(plain).map((name) => name || app);
}

/** @param paths of Dockerfiles. Returns a name for each, all different. */
export function nameImages(paths: readonly string[], app: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  let open = [...paths];
  for (let level = 0; level < 3; level += 1) {
    const wanted = new Map(open.map((path) => [path, candidates(path, app)[level] ?? app]));
    const counted = [...wanted.values()];
    for (const [path, name] of wanted) {
      const isAlone = counted.filter((other) => other === name).length === 1;
      if (!isAlone || taken.has(name)) continue;
      names.set(path, name);
    }
    for (const name of names.values()) taken.add(name);
    open = open.filter((path) => !names.has(path));
  }
  for (const path of open) {
    const name = candidates(path, app)[2] ?? app;
    let number = 1;
    while (taken.has(number === 1 ? name : `${name}-${number}`)) number += 1;
    names.set(path, number === 1 ? name : `${name}-${number}`);
    taken.add(number === 1 ? name : `${name}-${number}`);
  }
  return names;
}
