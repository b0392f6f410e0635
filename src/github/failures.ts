/** What an answer of GitHub means: final with what to do about it, or worth another try and when. */
import { RefusedByServiceError, type SlipwayError, TransientError } from '../errors.ts';
import { describe } from './description.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Pick<Headers, 'get'>;
  /** Parsed, where it was JSON. */
  readonly body: unknown;
}

const SECOND = 1_000;
const LONGEST_WAIT_MS = 60 * 60 * SECOND;
/** GitHub's word on secondary limits without a `retry-after`: a minute at least. */
const SECONDARY_WAIT_MS = 60 * SECOND;

const LIMITED = /rate limit|abuse detection/i;

/**
 * @param what was asked, for the message: `POST /repos/o/r/deployments`
 * @param redact an address of GitHub Enterprise that is something else may hand back what it was sent
 */
export function failureOf(
  answer: Answer,
  what: string,
  redact: (text: string) => string = (text) => text,
): SlipwayError {
  const { status } = answer;
  const said = describe(redact(messageOf(answer.body)));
  const message = `GitHub: ${what}: ${status}${said === '' ? '' : ` ${said}`}`;
  if (status === 429 || (status === 403 && isLimited(answer, said))) {
    return new TransientError(message, { retryAfterMs: waitMs(answer) ?? SECONDARY_WAIT_MS });
  }
  if (status >= 500 || status === 408) {
    const wait = waitMs(answer);
    return new TransientError(message, wait === undefined ? {} : { retryAfterMs: wait });
  }
  return new RefusedByServiceError(message, { advice: ADVICE[status] ?? 'docs/github-status.md' });
}

const ADVICE: Readonly<Record<number, string>> = {
  401: "the credential is wrong or has expired: renew the control worker's token, or the App's id and key",
  403: 'the credential may not do this: it needs Deployments and Commit statuses, both read and write, on this repository',
  404: 'the credential does not see this repository: install the App on it, or give the token access; or correct --github',
  409: 'GitHub does not deploy this commit: its rules for the environment or the branch stand against it',
  422: 'GitHub does not take this: is the commit pushed to this repository? Is it the one of --github?',
};

const isLimited = ({ headers }: Answer, said: string): boolean =>
  headers.get('retry-after') !== null || headers.get('x-ratelimit-remaining') === '0' || LIMITED.test(said);

/** Undefined where GitHub does not say. Never longer than an hour, whatever it says. */
function waitMs({ headers }: Answer): number | undefined {
  const date = headers.get('date');
  // By GitHub's clock: ours may be wrong.
  const nowMs = (date === null ? Number.NaN : Date.parse(date)) || Date.now();
  const retryAfter = headers.get('retry-after');
  const asked =
    retryAfter !== null
      ? /^\d+$/.test(retryAfter)
        ? Number(retryAfter) * SECOND
        : Date.parse(retryAfter) - nowMs
      : headers.get('x-ratelimit-remaining') === '0'
        ? Number(headers.get('x-ratelimit-reset') ?? Number.NaN) * SECOND - nowMs + SECOND
        : Number.NaN;
  return Number.isFinite(asked) ? Math.max(SECOND, Math.min(asked, LONGEST_WAIT_MS)) : undefined;
}

/** Its message, and what its `errors` add. */
function messageOf(body: unknown): string {
  const { message, errors } = fieldsOf(body);
  const more = Array.isArray(errors)
    ? errors.slice(0, 3).map((error) => {
        const { message: text, field, code } = fieldsOf(error);
        return typeof text === 'string' ? text : `${String(field ?? '')} ${String(code ?? error)}`.trim();
      })
    : [];
  return [typeof message === 'string' ? message : '', ...more].filter(Boolean).join(' – ');
}

export const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
