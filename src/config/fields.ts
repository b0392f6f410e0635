/**
 * The kinds of values in `slipway.yaml`. Each says what it expects in words, as its errors go to people.
 */
import { z } from 'zod';

const text = (pattern: RegExp, expected: string, longest: number) =>
  z
    .string({ error: `expected ${expected}` })
    .max(longest, { error: `expected ${expected}, at most ${longest} characters` })
    .regex(pattern, { error: `expected ${expected}` });

/** Used in workflow ids and, by default, in ECR repository names, hence lower case. */
export const plainName = text(
  /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/,
  'a name of lower-case letters and digits, joined by single . _ or -',
  63,
);

export const checkName = text(
  /^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$/,
  'a name of letters and digits, joined by single . _ or -',
  63,
);

/** Clusters, services and containers: the rule of the ECS API. */
export const ecsName = text(/^[A-Za-z0-9_-]+$/, 'an ECS name of letters, digits, - and _', 255);

/** The rule of the ECR API (CreateRepository). */
export const repositoryName = text(
  /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/,
  'an ECR repository name such as app/web, in lower case',
  256,
);

export const variableName = text(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a variable name of letters, digits and _', 128);

export const stageName = text(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'the name of a build stage', 128);

export const jsonField = text(
  /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/,
  'the name of a field in the JSON answer',
  128,
);

export const urlPath = text(/^\/[\x21-\x7e]*$/, 'a path that starts with /', 1024);

export const httpUrl = text(
  /^https?:\/\/[A-Za-z0-9.[\]:-]+(?:\/[\x21-\x7e]*)?$/,
  'an http or https URL without user name or password',
  2048,
);

/** Slashes only, `.` and trailing slashes taken out; `.` itself is the root. */
const normalPath = (path: string): string =>
  path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/') || '.';

// Not `..`, absolute, drive letters, back slashes, control characters.
const RELATIVE_PATH = /^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))[^\p{Cc}\\:]+$/u;

export const relativePath = text(
  RELATIVE_PATH,
  'a path inside the repository: relative, without ..',
  500,
).transform(normalPath);

/** What a cache keeps must be less than the whole directory. */
export const innerPath = relativePath.refine((path) => path !== '.', {
  error: 'expected a path below the directory, not the directory itself',
});

const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/;
const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const LONGEST_MS = 7 * 24 * UNIT_MS.h;

export function parseDuration(value: string | number): number {
  if (typeof value === 'number') return value;
  let total = 0;
  for (const [, amount, unit] of value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    total += Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
  }
  return Math.round(total);
}

const DURATION_EXPECTED = 'expected a duration such as 30s, 5m, 1h30m or a number of milliseconds';

/** Milliseconds, from `shortestMs` to a week. */
export const duration = (shortestMs = 1) =>
  z
    .union([z.string().regex(DURATION, { error: DURATION_EXPECTED }), z.number().int().nonnegative()], {
      error: DURATION_EXPECTED,
    })
    .transform(parseDuration)
    .refine((ms) => ms >= shortestMs, { error: `expected a duration of at least ${shortestMs} ms` })
    .refine((ms) => ms <= LONGEST_MS, { error: 'expected a duration of at most a week' });

export const count = (highest: number) =>
  z
    .number({ error: `expected a whole number from 1 to ${highest}` })
    .int({ error: `expected a whole number from 1 to ${highest}` })
    .min(1, { error: `expected a whole number from 1 to ${highest}` })
    .max(highest, { error: `expected a whole number from 1 to ${highest}` });

export const countOrNone = (highest: number) =>
  z
    .number({ error: `expected a whole number from 0 to ${highest}` })
    .int({ error: `expected a whole number from 0 to ${highest}` })
    .min(0, { error: `expected a whole number from 0 to ${highest}` })
    .max(highest, { error: `expected a whole number from 0 to ${highest}` });

/** The rule of the CloudWatch API (PutMetricAlarm). */
export const alarmName = text(/^\P{Cc}+$/u, 'the name of a CloudWatch alarm', 255);

/** The rule of the CloudWatch Logs API (FilterLogEvents); an empty one would count every line. */
export const filterPattern = text(/^\P{Cc}*\P{Z}\P{Cc}*$/u, 'a CloudWatch Logs filter pattern', 1024);

/** Of a person's words, as they go into reports: one line. */
export const shortText = text(/^\P{Cc}*\P{Z}\P{Cc}*$/u, 'a text of one line', 200);

/** Of the week, in short: `fri 16:00`; or of each day: `16:00`. 24:00 is the end of a day. */
export const clockTime = text(
  /^(?:(?:mon|tue|wed|thu|fri|sat|sun) )?(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/,
  'a time of day such as 16:00, or of the week such as fri 16:00',
  9,
);

/** A name that this machine's calendar knows, such as `Europe/Berlin`. */
export const timeZone = z.string({ error: 'expected a time zone such as Europe/Berlin' }).refine(
  (zone) => {
    try {
      new Intl.DateTimeFormat('en-GB', { timeZone: zone });
      return true;
    } catch {
      return false;
    }
  },
  { error: 'expected a time zone such as Europe/Berlin' },
);

export const yesOrNo = z.boolean({ error: 'expected true or false' });

/** NUL would end an argument early. */
const NO_NUL = /^[^\0]*$/;
const VALUE_EXPECTED = 'expected a text, a number, true or false';
const COMMAND_EXPECTED = 'expected a shell script, or a list of a program and its arguments';

/** A string runs in `/bin/sh -c`; a list runs without a shell. */
export const command = z.union(
  [
    z.string().regex(NO_NUL, { error: COMMAND_EXPECTED }).regex(/\S/, { error: COMMAND_EXPECTED }),
    z.tuple([z.string().regex(NO_NUL).min(1)], z.string().regex(NO_NUL)),
  ],
  { error: COMMAND_EXPECTED },
);

const LIST_EXPECTED = 'expected a list of a program and its arguments';

/** ECS runs it without a shell. */
export const commandList = z.tuple(
  [z.string({ error: LIST_EXPECTED }).regex(NO_NUL).min(1, { error: LIST_EXPECTED })],
  z.string({ error: LIST_EXPECTED }).regex(NO_NUL),
  { error: LIST_EXPECTED },
);

/** Values of variables: YAML's numbers and booleans are meant as they are written. */
export const variables = z
  .record(
    variableName,
    z
      .union([z.string().regex(NO_NUL, { error: VALUE_EXPECTED }), z.number(), z.boolean()], {
        error: VALUE_EXPECTED,
      })
      .transform(String),
  )
  .default({});
