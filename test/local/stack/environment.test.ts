/** Who may see which credential: the design's pools by right, as environments. */
import { describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import {
  exportLines,
  plainEnvironment,
  userEnvironment,
  workerEnvironment,
} from '../../../src/local/stack/environment.ts';

const ports = { temporal: 7233, temporalUi: 8233, aws: 4566, registry: 5000 };
const instance = {
  id: 'slipway-1',
  accountId: '123456789012',
  region: 'eu-central-1',
  accessKeyId: 'LOCALKEY',
  secretAccessKey: 'local-secret',
  processes: [],
};
const user = {
  PATH: '/bin',
  HOME: '/root',
  DOCKER_HOST: 'unix:///d.sock',
  HTTPS_PROXY: 'http://proxy',
  NODE_EXTRA_CA_CERTS: '/ca.pem',
  AWS_PROFILE: 'work',
  AWS_ACCESS_KEY_ID: 'USERKEY',
  AWS_SECRET_ACCESS_KEY: 'user-secret',
  AWS_SESSION_TOKEN: 'user-session',
  NPM_TOKEN: 'npm-secret',
  DATABASE_PASSWORD: 'db-secret',
  TEMPORAL_API_KEY: 'temporal-secret',
  SSH_AUTH_SOCK: '/agent',
  GITHUB_TOKEN: 'gh-secret',
};
const roles = ['control', 'deploy', 'checks', 'build'] as const;
const of = (role: (typeof roles)[number]) => workerEnvironment(role, user, instance, ports);

describe('a worker', () => {
  it('control fetches with a token of GitHub, and tells GitHub nothing of deployments to this machine', () => {
    expect(of('control')).toMatchObject({ GITHUB_TOKEN: 'gh-secret', SLIPWAY_GITHUB: 'off' });
  });

  it.each(roles)('%s keeps what the machine needs', (role) => {
    const { PATH, HOME, DOCKER_HOST, HTTPS_PROXY, NODE_EXTRA_CA_CERTS } = user;
    expect(of(role)).toMatchObject({ PATH, HOME, DOCKER_HOST, HTTPS_PROXY, NODE_EXTRA_CA_CERTS });
  });

  it.each([
    ['control', false],
    ['deploy', true],
    ['checks', false],
    ['build', true],
  ] as const)('%s has local AWS credentials: %p', (role, has) => {
    const env = of(role);
    expect(env.AWS_ACCESS_KEY_ID).toBe(has ? 'LOCALKEY' : undefined);
    expect(env.AWS_SECRET_ACCESS_KEY).toBe(has ? 'local-secret' : undefined);
    expect(env.AWS_ENDPOINT_URL).toBe(has ? 'http://localhost:4566' : undefined);
  });

  it.each([
    ['control', true],
    ['deploy', false],
    ['checks', false],
    ['build', false],
  ] as const)('%s can reach private repositories: %p', (role, can) => {
    const env = of(role);
    expect([env.SSH_AUTH_SOCK, env.GITHUB_TOKEN]).toEqual(
      can ? ['/agent', 'gh-secret'] : [undefined, undefined],
    );
  });

  it.each(roles)("%s sees none of the user's other secrets", (role) => {
    const text = JSON.stringify(of(role));
    for (const secret of ['USERKEY', 'user-', 'work', 'npm-', 'db-', 'temporal-'])
      expect(text).not.toContain(secret);
  });
});

it('a program that needs no credential gets none', () => {
  expect(JSON.stringify(plainEnvironment(user))).not.toMatch(/secret|KEY"|agent/);
});

describe('slipway local env', () => {
  it('names the endpoint, the region, the local key and Temporal', () => {
    expect(userEnvironment(instance, ports, 'all')).toEqual({
      AWS_ENDPOINT_URL: 'http://localhost:4566',
      AWS_REGION: 'eu-central-1',
      AWS_DEFAULT_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'LOCALKEY',
      AWS_SECRET_ACCESS_KEY: 'local-secret',
      TEMPORAL_ADDRESS: '127.0.0.1:7233',
      TEMPORAL_NAMESPACE: 'default',
      SLIPWAY_TEMPORAL_UI: 'http://127.0.0.1:8233',
    });
  });

  it('names no Temporal where there is none', () => {
    expect(Object.keys(userEnvironment(instance, ports, 'aws')).join()).not.toContain('TEMPORAL');
  });

  it.each([['plain-1'], ['two words'], ["it's; rm -rf $HOME `id`"], ['"\\$x"'], ['']])(
    'is safe for eval: %p',
    async (value) => {
      const script = `${exportLines({ X: value })}\nprintf %s "$X"`;
      expect((await execa('sh', ['-c', script], { env: { AWS_PROFILE: 'x' } })).stdout).toBe(value);
    },
  );

  it("takes the user's own profile and session out of the way", async () => {
    const script = `${exportLines({})}\nprintf %s "$AWS_PROFILE$AWS_SESSION_TOKEN"`;
    const { stdout } = await execa('sh', ['-c', script], {
      env: { AWS_PROFILE: 'x', AWS_SESSION_TOKEN: 'y' },
    });
    expect(stdout).toBe('');
  });
});
