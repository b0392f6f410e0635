import { describe, expect, it } from '@jest/globals';
import {
  isPlanning,
  type Known,
  logTarget,
  type WantedLog,
  whatThereIs,
  whyNoLog,
} from '../../../src/cli/logs/log-target.ts';
import type { StepKind, StepState, StepStatus } from '../../../src/release/verdict.ts';

const step = (
  kind: StepKind,
  name: string,
  state: StepState = 'succeeded',
  more: Partial<StepStatus> = {},
): StepStatus => ({
  id: name === '' ? kind : `${kind}:${name}`,
  kind,
  name,
  state,
  ...more,
});

const known: Known = {
  app: 'shop',
  environment: 'production',
  end: null,
  steps: [
    step('plan', ''),
    step('check', 'unit'),
    step('check', 'web'),
    step('build', 'api'),
    step('push', 'api'),
    step('build', 'web'),
    step('migrate', ''),
    step('stable', '1'),
  ],
  services: [
    { name: 'web', service: 'shop-web-svc' },
    { name: 'worker', service: 'shop-worker' },
  ],
};
const meant = (word: string, as: WantedLog['as'] = 'any', what: Known = known): string => {
  const target = logTarget(what, { word, as });
  return target.kind === 'service'
    ? `service ${target.name} (${target.service})`
    : `${target.kind} ${target.step.id}`;
};

describe('a word after the release', () => {
  it.each([
    ['build:api', 'step build:api'],
    ['unit', 'step check:unit'],
    ['web', 'service web (shop-web-svc)'],
    ['check:web', 'step check:web'],
    ['shop-worker', 'service worker (shop-worker)'],
    ['migrate', 'migration migrate'],
  ])('%s is %s', (word, target) => {
    expect(meant(word)).toBe(target);
  });

  it('is the service, where only one step has its name as well', () => {
    const both = { ...known, services: [{ name: 'unit', service: 'shop-unit' }] };
    expect(meant('unit', 'any', both)).toBe('service unit (shop-unit)');
    expect(meant('check:unit', 'any', both)).toBe('step check:unit');
  });

  it('is a step or a service only, where that is said', () => {
    expect(meant('unit', 'step')).toBe('step check:unit');
    expect(meant('worker', 'service')).toBe('service worker (shop-worker)');
    expect(() => meant('web', 'step')).toThrow('which step of that name: check:web, build:web?');
    expect(() => meant('unit', 'service')).toThrow('there is no service "unit" in this release');
    expect(() => meant('worker', 'step')).toThrow('there is no step "worker" in this release');
  });

  it.each([
    ['buidl:api', 'did you mean "build:api"?'],
    ['worke', 'did you mean "worker"?'],
    ['unti', 'there is no step or service "unti"'],
  ])('%s is unknown: what there is, and what may be meant', (word, text) => {
    try {
      meant(word);
      throw new Error('it was known');
    } catch (error) {
      expect(error).toMatchObject({
        type: 'ConfigurationError',
        message: expect.stringContaining(text),
        evidence: [
          'steps: check:unit, check:web, build:api, push:api, build:web, migrate',
          'services: web, worker',
        ],
        advice: expect.stringContaining('slipway logs production'),
      });
    }
  });

  it('that could have been an environment, and is nothing, is said to be no release', () => {
    expect(() => meant('stagign', 'alone')).toThrow(
      expect.objectContaining({
        type: 'ReleaseNotFound',
        message:
          'no release of shop in "stagign" was found, and the newest one in production has no step or service "stagign"',
      }),
    );
  });

  it('is answered with commands that work where the reader stands', () => {
    const advice = (impliedApp: string | null) => {
      try {
        return logTarget(known, { word: 'nothing', as: 'any' }, { impliedApp });
      } catch (error) {
        return (error as { advice?: string }).advice;
      }
    };
    expect(advice('shop')).toBe('With their sizes: slipway logs production');
    expect(advice('blog')).toBe('With their sizes: slipway logs production --app shop');
    expect(advice(null)).toBe('With their sizes: slipway logs production --app shop');
  });

  it('is a step without a log of its own: the services have what is wanted', () => {
    expect(() => meant('stable:1')).toThrow('step stable:1 has no log of its own');
    expect(() => meant('plan')).toThrow('step plan has no log of its own');
  });

  it('of a release that has just been started means nothing yet', () => {
    const nothing: Known = { ...known, steps: [step('plan', '', 'running')], services: [] };
    expect(whatThereIs(nothing)).toEqual(['steps: none yet', 'services: not known yet']);
    expect(whatThereIs({ ...nothing, end: 'refused: frozen by ada' })).toEqual([
      'steps: none: it ended before it had any (refused: frozen by ada)',
      'services: none: it ended before it came to them (refused: frozen by ada), and no release is known to serve',
    ]);
    expect(isPlanning(nothing.steps)).toBe(true);
    expect(isPlanning([step('plan', '', 'failed')])).toBe(false);
    expect(isPlanning(known.steps)).toBe(false);
  });
});

describe('a step that has written nothing', () => {
  it.each<[Partial<StepStatus> & { state: StepState }, string | null]>([
    [{ state: 'waiting' }, 'build:api has not started yet'],
    [{ state: 'skipped', detail: 'verified by staging' }, 'build:api was skipped: verified by staging'],
    [{ state: 'cancelled' }, 'build:api was cancelled before it began'],
    [{ state: 'cancelled', startedAtMs: 1 }, null],
    [
      { state: 'succeeded', detail: 'in the registry already' },
      'build:api has no log: in the registry already',
    ],
    [{ state: 'succeeded', logKey: 'logs/x.log' }, null],
    [{ state: 'failed', startedAtMs: 1 }, null],
    [{ state: 'running', startedAtMs: 1 }, null],
  ])('%j: %s', ({ state, ...more }, why) => {
    expect(whyNoLog(step('build', 'api', state, more))).toBe(why);
  });

  it('never will, once its release has ended', () => {
    expect(whyNoLog(step('build', 'api', 'waiting'), 'without a verdict')).toBe(
      'build:api never started: the release has ended (without a verdict)',
    );
  });
});
