/** The text of the first slipway.yaml: read by people, and by the project's own parser. */
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import type { Draft } from '../../../src/cli/init/draft.ts';
import { draftText } from '../../../src/cli/init/draft-yaml.ts';
import { parseConfiguration } from '../../../src/config/parse-configuration.ts';

const SHORTEST: Draft = {
  app: 'hello',
  appGuess: 'the name of the folder',
  checks: [],
  images: [{ name: 'hello', context: '.', dockerfile: 'Dockerfile', repository: 'hello', guess: undefined }],
  services: [
    { name: 'hello', runs: 'hello', healthPath: '/', facts: 'FARGATE; now on hello:1', guess: undefined },
  ],
  environment: 'production',
  cluster: 'hello',
  clusterGuess: undefined,
};

const setup = { run: 'npm ci', key: ['package-lock.json'], paths: ['node_modules'] };

const LONG: Draft = {
  ...SHORTEST,
  app: 'shop',
  appGuess: undefined,
  checks: [
    {
      name: 'tests',
      directory: '.',
      setup,
      run: 'npm test',
      guess: 'package.json has a test script',
      isReady: true,
    },
    { name: 'web-tests', directory: 'web', setup, run: 'npm test', guess: 'no lock file', isReady: false },
  ],
  images: [
    { name: 'api', context: 'api', dockerfile: 'Dockerfile', repository: 'shop/api', guess: undefined },
    {
      name: 'web',
      context: '.',
      dockerfile: 'docker/web.Dockerfile',
      repository: 'shop-web',
      guess: 'by the name of its service',
    },
  ],
  services: [
    {
      name: 'api',
      runs: { app: 'api', proxy: 'web' },
      healthPath: undefined,
      facts: undefined,
      guess: 'because',
    },
    { name: 'shop-web', runs: 'web', healthPath: '/up', facts: undefined, guess: undefined },
  ],
  cluster: 'CHANGE-ME',
  clusterGuess: 'put the name of your ECS cluster here',
};

describe('the file', () => {
  it.each([
    ['of one service', SHORTEST],
    ['of several', LONG],
    ['with nothing but tests that are not ready', { ...LONG, checks: LONG.checks.slice(1) }],
  ])('%s', (_case, draft) => {
    const text = draftText(draft);
    expect(text).toMatchSnapshot();
    expect(parseConfiguration(text)).toMatchObject({ app: draft.app });
  });

  it('says what the draft says', () => {
    const read = parseConfiguration(draftText(LONG));
    expect(read.images).toMatchObject({
      api: { context: 'api', dockerfile: 'Dockerfile' },
      web: { context: '.', dockerfile: 'docker/web.Dockerfile', repository: 'shop-web' },
    });
    expect(read.services).toMatchObject({
      api: { containers: { app: 'api', proxy: 'web' } },
      'shop-web': { image: 'web', health: { path: '/up' } },
    });
    expect(read.checks).toMatchObject({
      tests: { run: 'npm test', setup: { run: 'npm ci', cache: { key: ['package-lock.json'] } } },
    });
    expect(Object.keys(read.checks)).toEqual(['tests']);
  });

  it('what is commented out is YAML once its `#` is taken away', () => {
    const text = draftText({ ...LONG, checks: LONG.checks.slice(1) });
    const lines = text.split('\n').filter((line) => line.startsWith('# ') && !line.includes('guessed'));
    const from = lines.indexOf('# checks:');
    const section = lines
      .slice(from, from + 7)
      .map((line) => line.slice(2))
      .join('\n');
    expect(parse(section)).toEqual({
      checks: {
        'web-tests': {
          directory: 'web',
          setup: { run: 'npm ci', cache: { key: ['package-lock.json'], paths: ['node_modules'] } },
          run: 'npm test',
        },
      },
    });
  });
});

describe('names that YAML reads more into stay what they are', () => {
  const values = ['yes', '1', 'null', '1e3', '0x10', '2026-11-29', 'true'];
  it.each(values)('%s', (name) => {
    const text = draftText({
      ...SHORTEST,
      images: [{ name, context: '#a & b', dockerfile: "it's & *x", repository: name, guess: undefined }],
      services: [{ name, runs: name, healthPath: '/#?x={y}', facts: undefined, guess: undefined }],
      cluster: name,
    });
    const read = parseConfiguration(text);
    expect(read.images[name]).toMatchObject({ context: '#a & b', dockerfile: "it's & *x", repository: name });
    expect(read.services[name]).toMatchObject({ health: { path: '/#?x={y}' } });
    expect(read.environments.production?.cluster).toBe(name);
  });

  it('a reason with line breaks and escape codes stays one line of comment', () => {
    const guess = 'x\napp: evil\r\u2028services: {}\u001b[2J';
    const text = draftText({
      ...LONG,
      checks: LONG.checks.map((check) => ({ ...check, guess })),
      images: LONG.images.map((image) => ({ ...image, guess })),
      services: LONG.services.map((service) => ({ ...service, guess, facts: guess })),
      clusterGuess: guess,
      appGuess: guess,
    });
    expect(parseConfiguration(text).app).toBe('shop');
    expect(text).not.toMatch(/^\s*(?:app: evil|services: \{\})/m);
    expect(text).not.toContain('\u001b');
  });
});
