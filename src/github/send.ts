/**
 * One request to GitHub's API: bounded in time and size, redirects only within the same host, and an error that says
 * whether another try makes sense. No secret gets into an error.
 */
import { SlipwayError, TransientError } from '../errors.ts';
import { createRedactor } from '../store/redact.ts';
import { failureOf, fieldsOf } from './failures.ts';

export interface Sending {
  readonly method: 'GET' | 'POST';
  /** Under the API's address, with its query. */
  readonly path: string;
  readonly body?: unknown;
  /** A token, or a JSON Web Token of the App. */
  readonly token: string;
  readonly signal?: AbortSignal | undefined;
}

export interface SendOptions {
  readonly apiUrl: string;
  /** Default 10 s. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;
const LONGEST_ANSWER = 8 * 1024 * 1024;
const MOST_REDIRECTS = 3;

/** @returns the parsed answer. Errors: TransientError, RefusedByServiceError */
export async function send(options: SendOptions, sending: Sending): Promise<unknown> {
  const { method, path, token, signal } = sending;
  const what = `${method} ${path.split('?', 1)[0]}`;
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  // One controller: what `AbortSignal.any` makes may be collected in Node 20, and then never hears of it.
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(signal?.reason);
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(
    () => stop.abort(new TransientError(`GitHub: ${what}: no answer within ${timeoutMs / 1_000} s`)),
    timeoutMs,
  );
  try {
    const answer = await exchange(options.apiUrl, sending, stop.signal);
    if (answer.status >= 200 && answer.status < 300) return answer.body;
    throw failureOf(answer, what, createRedactor([token]));
  } catch (error) {
    if (stop.signal.aborted) throw stop.signal.reason;
    throw asTransient(error, what);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

async function exchange(apiUrl: string, { method, path, body, token }: Sending, signal: AbortSignal) {
  const base = new URL(apiUrl);
  let url = new URL(`${base.pathname.replace(/\/+$/, '')}${path}`, base);
  for (let hop = 0; ; hop += 1) {
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      signal,
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${token}`,
        'user-agent': 'slipway',
        'x-github-api-version': '2022-11-28',
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const target = response.headers.get('location');
    // A repository that was renamed or moved answers so, also to a POST; `fetch` would make that a GET.
    if ([301, 307, 308].includes(response.status) && target !== null && hop < MOST_REDIRECTS) {
      const next = new URL(target, url);
      await response.body?.cancel();
      if (next.origin === base.origin) {
        url = next;
        continue;
      }
    }
    const text = await readText(response);
    return { status: response.status, headers: response.headers, body: parse(text, response.ok) };
  }
}

async function readText(response: Response): Promise<string> {
  if (response.body === null) return '';
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > LONGEST_ANSWER) throw new Error('the answer is too long');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** A proxy's page in place of an answer is no answer. */
function parse(text: string, isNeeded: boolean): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    if (isNeeded) throw new Error('the answer is no JSON');
    return undefined;
  }
}

/** Errors of `fetch` are told by their cause: `ECONNREFUSED`, `UND_ERR_SOCKET`, an expired certificate. */
function asTransient(error: unknown, what: string): SlipwayError {
  if (error instanceof SlipwayError) return error;
  const { message, cause } = fieldsOf(error);
  const { code, message: why } = fieldsOf(cause);
  return new TransientError(`GitHub: ${what}: ${String(code ?? why ?? message ?? 'no answer')}`);
}
