// The documents name the tests that prove a claim: a name that leads nowhere would be a claim without proof.
import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const documents = ['README.md', 'CONTRIBUTING.md', ...(await markdownIn('docs'))];
const tests = (await readdir('test', { recursive: true })).map((path) => `test/${path}`);

async function markdownIn(folder: string): Promise<string[]> {
  const paths = await readdir(folder, { recursive: true });
  return paths.filter((path) => path.endsWith('.md')).map((path) => `${folder}/${path}`);
}

/** `a{b,c}d` stands for `abd` and `acd`. */
function expand(name: string): string[] {
  const [, before = '', choices, after = ''] = /^(.*?)\{([^}]*)\}(.*)$/.exec(name) ?? [];
  if (choices === undefined) return [name];
  return choices.split(',').flatMap((choice) => expand(`${before}${choice}${after}`));
}

/** With a folder: that file. Without: any test of that name. */
const exists = (name: string): boolean =>
  name.includes('/') ? tests.includes(name) : tests.some((path) => basename(path) === name);

describe('the documents', () => {
  it.each(documents)('%s names only tests that there are', async (document) => {
    const named = (await readFile(document, 'utf8')).match(/[\w/{},.-]+\.test\.ts/g) ?? [];
    expect(named.flatMap(expand).filter((name) => !exists(name))).toEqual([]);
  });

  it('name some (so that this looks at the right ones)', async () => {
    expect((await readFile('docs/local-aws.md', 'utf8')).match(/\.test\.ts/g)?.length).toBeGreaterThan(100);
  });
});
