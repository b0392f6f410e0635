import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ecsRateLimits } from '../../../src/local/ecs/throttle.ts';
import { ecsTiming, localTiming } from '../../../src/local/ecs/timing.ts';
import {
  defaultAwsSettings,
  endpointOptions,
  parseAwsSettings,
  readKeptSettings,
} from '../../../src/local/stack/aws-settings.ts';

const optionsOf = (text: string) => endpointOptions(parseAwsSettings(text, '/work/aws.yaml'));

describe('the settings of the local AWS', () => {
  it.each(['', '# nothing but a comment\n', '{}'])('are all defaults in an empty file (%j)', (text) => {
    expect(optionsOf(text)).toEqual({ timing: localTiming });
  });

  it('are in the documentation with every clock and its default', async () => {
    const page = await readFile(new URL('../../../docs/local-aws.md', import.meta.url), 'utf8');
    const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
    expect(optionsOf(example)).toEqual({ timing: localTiming, newTargetCheckMs: 300 });
    const named = Object.keys(parseAwsSettings(example, 'aws.yaml').durations);
    expect(named.sort()).toEqual(
      [...Object.keys(localTiming).map((key) => key.replace(/Ms$/, '')), 'newTargetCheck'].sort(),
    );
  });

  it('can have the pace of AWS, and single durations of their own', () => {
    expect(optionsOf('pace: aws\ndurations:\n  restartMaximum: 90s\n')).toEqual({
      timing: { ...ecsTiming, restartMaximumMs: 90_000 },
      newTargetCheckMs: 300_000,
    });
    expect(optionsOf('durations: { healthyGrace: 0, newTargetCheck: 2s }')).toEqual({
      timing: { ...localTiming, healthyGraceMs: 0 },
      newTargetCheckMs: 2000,
    });
    expect(ecsTiming.healthyGraceMs).toBe(40_000);
  });

  it('can throttle as ECS does', () => {
    expect(optionsOf('rateLimits: ecs').rateLimits).toBe(ecsRateLimits);
    expect(optionsOf('rateLimits: none').rateLimits).toBeUndefined();
  });

  it('can name the container instances, or that there are none', () => {
    const text = `containerInstances:
  - { architecture: arm64, cpu: 2048, memory: 4096, count: 2 }
  - { architecture: amd64, cpu: 1024, memory: 512 }
`;
    const arm = { cpuArchitecture: 'ARM64', cpu: 2048, memoryMiB: 4096 };
    expect(optionsOf(text).containerInstances).toEqual([
      arm,
      arm,
      { cpuArchitecture: 'X86_64', cpu: 1024, memoryMiB: 512 },
    ]);
    expect(optionsOf('containerInstances: []').containerInstances).toEqual([]);
    const [asThisMachine] =
      optionsOf('containerInstances: [{ architecture: amd64 }]').containerInstances ?? [];
    expect(asThisMachine?.memoryMiB).toBeGreaterThan(256);
  });

  it('name the secrets file relative to themselves', () => {
    expect(optionsOf('secretsFile: secrets.json').secretsFile).toBe('/work/secrets.json');
    expect(optionsOf('secretsFile: /etc/secrets.json').secretsFile).toBe('/etc/secrets.json');
  });

  it('can name the instances that stand for other accounts', () => {
    const otherAccounts = { '222222222222': 'http://localhost:4567' };
    expect(optionsOf(JSON.stringify({ otherAccounts })).otherAccounts).toEqual(otherAccounts);
    expect(() => optionsOf('otherAccounts: { "22": "http://localhost:4567" }')).toThrow(
      'otherAccounts.22: expected an account of twelve digits, got "22"',
    );
  });

  it('are a settings file again when written out as JSON: so an instance keeps them', () => {
    const settings = parseAwsSettings(
      'pace: aws\ndurations: { healthyGrace: 1m }\ncontainerInstances: [{ architecture: arm64 }]\nsecretsFile: s.json\n',
      '/work/aws.yaml',
    );
    expect(parseAwsSettings(JSON.stringify(settings), '/elsewhere/kept.json')).toEqual(settings);
  });

  it.each([
    ['pace: fast', '/work/aws.yaml:1 pace: expected "local" or "aws", got "fast"'],
    ['pace: aws\nratelimits: ecs', '/work/aws.yaml:2 ratelimits: unknown key; did you mean "rateLimits"?'],
    [
      'durations:\n  healthyGraze: 3s',
      '/work/aws.yaml:2 durations.healthyGraze: unknown key; did you mean "healthyGrace"?',
    ],
    [
      'durations:\n  healthyGrace: soon',
      '/work/aws.yaml:2 durations.healthyGrace: expected a duration such as 30s, 5m, 1h30m or a number of milliseconds, got "soon"',
    ],
    [
      'containerInstances:\n  - architecture: arm64\n    cpu: lots\n  - cpu: 1024',
      '/work/aws.yaml:3 containerInstances.0.cpu: expected a whole number from 1 to 1048576, got "lots"\n' +
        '/work/aws.yaml:4 containerInstances.1.architecture: is missing: expected "amd64" or "arm64"',
    ],
    [
      'durations:\n  restartMaximum: 2s\n  restartBase: 3s',
      '/work/aws.yaml:3 durations.restartBase: expected at most restartMaximum (2000 ms), got "3s"',
    ],
    [
      'pace: aws\ndurations:\n  restartMaximum: 5s',
      '/work/aws.yaml:3 durations.restartMaximum: expected at least restartBase (10000 ms), got "5s"',
    ],
    ['- pace', '/work/aws.yaml:1: expected a mapping of keys to values, got a list'],
  ])('that are wrong say where and what: %j', (text, message) => {
    expect(() => parseAwsSettings(text, '/work/aws.yaml')).toThrow(new Error(message));
  });

  it('are kept with the instance; none kept are the defaults, an empty file is an error that names it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-settings-'));
    const kept = join(folder, 'aws-settings.json');
    try {
      expect(await readKeptSettings(kept)).toEqual(defaultAwsSettings);
      await writeFile(kept, '{"pace":"aws"}');
      expect((await readKeptSettings(kept)).pace).toBe('aws');
      for (const text of ['', '\n']) {
        await writeFile(kept, text);
        await expect(readKeptSettings(kept)).rejects.toThrow(`${kept} is empty`);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('of a bare number are milliseconds, as in slipway.yaml', () => {
    expect(optionsOf('durations: { healthyGrace: 1500 }').timing?.healthyGraceMs).toBe(1500);
  });

  it('that are no YAML say in which line', () => {
    expect(() => parseAwsSettings('pace: aws\nrateLimits: [', '/work/aws.yaml')).toThrow(
      /^\/work\/aws\.yaml:2 is not valid YAML: /,
    );
  });
});
