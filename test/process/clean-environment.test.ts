import { describe, expect, it } from '@jest/globals';
import { cleanEnvironment } from '../../src/process/clean-environment.ts';
import { createTail, lastLines } from '../../src/process/tail.ts';

const folders = { home: '/run/home', temporary: '/run/tmp' };

describe('cleanEnvironment', () => {
  it.each([
    'AWS_SECRET_ACCESS_KEY',
    'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
    'TEMPORAL_API_KEY',
    'SLIPWAY_STORE',
    'GITHUB_TOKEN',
    'DOCKER_CONFIG',
    'DOCKER_HOST',
    'SSH_AUTH_SOCK',
    'NPM_TOKEN',
    'npm_config__auth',
    'NODE_AUTH_TOKEN',
    'NODE_OPTIONS',
    'LD_PRELOAD',
    'ANYTHING_ELSE',
  ])('leaves out %s', (name) => {
    expect(cleanEnvironment(folders, { [name]: 'x' })).not.toHaveProperty(name);
  });

  it.each([
    'PATH',
    'SSL_CERT_FILE',
    'NODE_EXTRA_CA_CERTS',
    'PIP_CERT',
    'https_proxy',
    'npm_config_registry',
    'PIP_INDEX_URL',
  ])('keeps %s', (name) => {
    expect(cleanEnvironment(folders, { [name]: 'x' })).toHaveProperty(name, 'x');
  });

  it('has a home and a temporary folder of its own, whatever was there', () => {
    expect(
      cleanEnvironment(folders, { HOME: '/root', TMPDIR: '/x', TERM: 'xterm', LANG: 'de_DE.UTF-8' }),
    ).toEqual({
      LANG: 'de_DE.UTF-8',
      HOME: '/run/home',
      TMPDIR: '/run/tmp',
      TERM: 'dumb',
      CI: 'true',
    });
  });
});

describe('createTail', () => {
  it('keeps the end', () => {
    const tail = createTail(4);
    for (const letter of 'abcdefghijk') tail.add(letter);
    expect(tail.text()).toBe('hijk');
  });
});

describe('lastLines', () => {
  it.each([
    ['', 3, []],
    ['\n\n', 3, []],
    ['a\nb\nc\n', 2, ['b', 'c']],
    ['a\r\nb\r\n', 2, ['a', 'b']],
    ['10%\r50%\r100%\n', 1, ['100%']],
  ])('of %j are %i: %j', (text, lines, expected) => {
    expect(lastLines(text, lines)).toEqual(expected);
  });
});
