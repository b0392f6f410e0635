import { describe, expect, it } from '@jest/globals';
import { checkReference, checkRepositoryUrl } from '../../src/source/reference.ts';

describe('checkReference', () => {
  it.each(['main', 'v1.2.3', 'feature/a-b', 'renovate/x@1.x', 'fix#12', 'grün', 'a'.repeat(40)])(
    'takes %s',
    (name) => {
      expect(checkReference(name)).toBe(name);
    },
  );
  it.each([
    '',
    '-x',
    '--upload-pack=touch x',
    'a..b',
    'a b',
    'a~1',
    'a^',
    'a:b',
    'x@{1}',
    'a\n',
    '/a',
    'a/',
    'a//b',
    'a/.b',
    'x.lock',
    'a*',
    'a'.repeat(251),
  ])('refuses %j', (name) => {
    expect(() => checkReference(name)).toThrow('not a commit, branch or tag');
  });
});

describe('checkRepositoryUrl', () => {
  it.each([
    '/srv/app.git',
    'file:///srv/app.git',
    'https://example.org/a/b.git',
    'https://deploy@example.org/a/b.git',
    'ssh://git@example.org:22/a/b.git',
    'git@example.org:a/b.git',
  ])('takes %s', (url) => {
    expect(checkRepositoryUrl(url)).toBe(url);
  });
  it.each([
    'ext::sh -c "touch x"',
    '--upload-pack=touch x',
    '-oProxyCommand=x:y',
    'ssh://-oProxyCommand=x/y',
    'https://user:password@example.org/a',
    'relative/path',
    'git://example.org/a',
    'git@-host:x',
    'host:-x',
    '',
  ])('refuses %s', (url) => {
    expect(() => checkRepositoryUrl(url)).toThrow('the repository is not');
  });
});
