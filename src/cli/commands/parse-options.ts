/**
 * Options that are more than text, and what several commands do without.
 */
import { InvalidArgumentError } from 'commander';
import { GITHUB_REPOSITORY } from '../../github/repository.ts';
import { readMoment } from '../../release/environment/freeze-request.ts';
import { readTarget } from '../../release/requests/rollback-request.ts';

/** Of a deployment, and of questions; whatever else changes something has to name its environment. */
export const DEFAULT_ENVIRONMENT = 'production';

export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() === '' || !(seconds > 0) || seconds * 1_000 > LONGEST_MS) {
    throw new InvalidArgumentError('Expected a number of seconds above 0, up to a week.');
  }
  return seconds;
}

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const LONGEST_MS = 7 * 24 * UNIT_MS.h;

/** `90s`, `10m`, `1h30m` → milliseconds; up to a week. */
export function parseDuration(text: string): number {
  const isDuration = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text);
  const parts = [...text.matchAll(/([\d.]+)(ms|s|m|h)/g)];
  const ms = Math.round(
    parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS], 0),
  );
  if (!isDuration || ms <= 0 || ms > LONGEST_MS) {
    throw new InvalidArgumentError('Expected a duration such as 90s, 10m or 1h30m, up to a week.');
  }
  return ms;
}

/** With its zone, and still to come; said before anybody is asked. */
export function parseMoment(text: string): string {
  const ms = readMoment(text);
  if (ms === null || Number.isNaN(ms)) {
    throw new InvalidArgumentError('Expected a moment with its zone, such as 2026-11-30T08:00+01:00.');
  }
  if (ms <= Date.now()) throw new InvalidArgumentError('It has passed.');
  return text;
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new InvalidArgumentError('Expected a port: 1 to 65535, or 0 for any free one.');
  }
  return port;
}

/** `app=address`, any number of times. */
export function collectRepository(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const [, app, url] = /^([\w.-]+)=(.+)$/.exec(text) ?? [];
  if (app === undefined || url === undefined) throw new InvalidArgumentError('Expected <app>=<path or URL>.');
  return { ...before, [app]: url };
}

/** `app=owner/name`, any number of times. */
export function collectGitHub(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const [, app, repository] = /^([\w.-]+)=(.+)$/.exec(text) ?? [];
  if (app === undefined || repository === undefined || !GITHUB_REPOSITORY.test(repository)) {
    throw new InvalidArgumentError('Expected <app>=<owner>/<name>, as on GitHub.');
  }
  return { ...before, [app]: repository };
}

export function parseCount(text: string): number {
  const count = Number(text);
  if (/^[1-9]\d*$/.test(text) && Number.isSafeInteger(count)) return count;
  throw new InvalidArgumentError('Expected a number above 0.');
}

/** As `deployQueue` in `slipway.yaml`. */
export function parseQueueName(text: string): string {
  if (text.length <= 63 && /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/.test(text)) return text;
  throw new InvalidArgumentError(
    'Expected a name of lower-case letters and digits, joined by single . _ or -.',
  );
}

export function parseAccountId(text: string): string {
  if (/^\d{12}$/.test(text)) return text;
  throw new InvalidArgumentError('Expected the twelve digits of an AWS account.');
}

/** The number of a release, or digits of its commit. */
export function parseRelease(text: string): number | string {
  const release = readTarget(text);
  if (release !== undefined) return release;
  throw new InvalidArgumentError('Expected the number of a release, or 7 to 40 digits of a commit.');
}
