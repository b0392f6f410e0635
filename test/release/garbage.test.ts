/** Which task definitions may go, by what their tags say. */
import { describe, expect, it } from '@jest/globals';
import { type GarbageRules, type RevisionView, whyKept } from '../../src/release/garbage.ts';

const HOUR_MS = 3_600_000;
const RULES: GarbageRules = {
  app: 'shop',
  environment: 'production',
  services: ['api', 'web'],
  nowMs: 100 * HOUR_MS,
  minimumAgeMs: 24 * HOUR_MS,
};

const OLD: RevisionView = {
  arn: 'api:1',
  registeredAtMs: 0,
  isOurs: true,
  service: 'api',
  app: 'shop',
  environment: 'production',
};

describe('a task definition', () => {
  it.each<[string, Partial<RevisionView>, string | null]>([
    ['of the environment, old enough, may go', {}, null],
    ['just old enough may go', { registeredAtMs: 76 * HOUR_MS }, null],
    ['registered a moment later stays', { registeredAtMs: 76 * HOUR_MS + 1 }, 'registered a short time ago'],
    [
      'of which ECS does not say when stays',
      { registeredAtMs: Number.POSITIVE_INFINITY },
      'registered a short time ago',
    ],
    ['of somebody else stays', { isOurs: false }, 'not registered by Slipway'],
    ['of another environment of the same family stays', { environment: 'staging' }, 'of staging of shop'],
    ['of another app stays', { app: 'shop2' }, 'of production of shop2'],
    [
      'that does not say of which environment stays',
      { environment: undefined },
      'registered before Slipway said for which environment',
    ],
    [
      'that does not say of which app stays',
      { app: undefined },
      'registered before Slipway said for which environment',
    ],
    ['of another service stays', { service: 'cron' }, 'of a service that is not deployed any more'],
    ['of no service stays', { service: undefined }, 'of a service that is not deployed any more'],
  ])('%s', (_what, more, expected) => {
    expect(whyKept({ ...OLD, ...more }, RULES)).toBe(expected);
  });
});
