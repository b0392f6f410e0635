/**
 * What a Dockerfile copies out of its build context: tells which folder the context is. Pure.
 */

/** Local sources of COPY and ADD that name one file or folder; variables, patterns, URLs and other stages are left out. */
export function copiedPaths(dockerfile: string): readonly string[] {
  const lines = dockerfile.replaceAll(/\\[ \t]*\r?\n/g, ' ').split(/\r?\n/);
  return lines.flatMap((line) => {
    const [, rest] = /^\s*(?:COPY|ADD)\s+(.+)$/i.exec(line) ?? [];
    if (rest === undefined || /(?:^|\s)--from[= ]/.test(rest) || rest.includes('<<')) return [];
    const words = splitWords(rest).filter((word) => !word.startsWith('--'));
    return words
      .slice(0, -1)
      .filter((word) => !/[$*?[\]]|^[a-z+]+:\/\/|^git@/i.test(word))
      .map(tidy);
  });
}

function splitWords(text: string): readonly string[] {
  const flagless = text.replace(/^(?:--\S+\s+)+/, '');
  if (!flagless.startsWith('[')) return text.split(/\s+/).filter((word) => word !== '');
  try {
    const list = JSON.parse(flagless) as unknown;
    return Array.isArray(list) ? list.filter((word) => typeof word === 'string') : [];
  } catch {
    return [];
  }
}

/** A leading slash is that of the context. */
const tidy = (word: string): string => word.replace(/^(?:\.?\/)+/, '').replace(/\/+$/, '') || '.';
