import { describe, expect, it } from '@jest/globals';
import { GITHUB_REPOSITORY, gitHubRepositoryOf } from '../../src/github/repository.ts';

const DOT_COM = 'https://api.github.com';

describe('the repository on GitHub that an address of git means', () => {
  it.each([
    ['https://github.com/ada/shop.git', 'ada/shop'],
    ['https://github.com/ada/shop', 'ada/shop'],
    ['https://github.com/ada/shop/', 'ada/shop'],
    ['https://GitHub.com/Ada/Shop.js.git', 'Ada/Shop.js'],
    ['https://x-access-token@github.com/ada/shop.git', 'ada/shop'],
    ['ssh://git@github.com/ada/shop.git', 'ada/shop'],
    ['ssh://git@ssh.github.com:443/ada/shop.git', 'ada/shop'],
    ['git@github.com:ada/shop.git', 'ada/shop'],
    ['git@github.com:/ada/shop', 'ada/shop'],
    ['https://gitlab.com/ada/shop.git', null],
    ['https://evil-github.com/ada/shop.git', null],
    ['https://github.com.evil.org/ada/shop.git', null],
    ['https://github.com/ada', null],
    ['https://github.com/ada/shop/tree/main', null],
    ['https://github.com/../shop', null],
    ['https://github.com/ada/..', null],
    ['/srv/git/github.com/ada/shop.git', null],
    ['file:///srv/ada/shop', null],
  ])('%s → %s', (address, repository) => {
    expect(gitHubRepositoryOf(address, DOT_COM)).toBe(repository);
  });

  it.each([
    ['https://github.example.com/api/v3', 'https://github.example.com/ada/shop.git', 'ada/shop'],
    ['https://github.example.com/api/v3', 'git@github.example.com:ada/shop.git', 'ada/shop'],
    ['https://github.example.com/api/v3', 'https://github.com/ada/shop.git', null],
    ['https://api.octo.ghe.com', 'https://octo.ghe.com/ada/shop', 'ada/shop'],
  ])('with the API at %s: %s → %s', (api, address, repository) => {
    expect(gitHubRepositoryOf(address, api)).toBe(repository);
  });

  it.each(['ada', 'ada/', '/shop', 'ada/shop/x', 'ada/.', '-ada/shop', 'ada/sh op', 'ada/shop?x', 'a%2fb/c'])(
    'takes no %j for a name',
    (name) => {
      expect(GITHUB_REPOSITORY.test(name)).toBe(false);
    },
  );
});
