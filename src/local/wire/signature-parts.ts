// What a request says of its own signature, in the Authorization header or – presigned – in the URL. Not yet verified.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
import type { SignatureFault, SignedRequest } from './signature.ts';

export interface Signature {
  readonly accessKeyId: string;
  /** `20261123` */
  readonly date: string;
  readonly region: string;
  /** The signing name, e.g. `ecs`: tells query services apart. */
  readonly service: string;
  /** Lower case. */
  readonly signedHeaders: readonly string[];
  readonly hex: string;
  /** `20261123T140500Z`, from `X-Amz-Date`. */
  readonly amzDate: string;
  readonly presigned: boolean;
  /** Of a presigned URL. */
  readonly expiresSeconds: number | undefined;
}

type Carried = Pick<SignedRequest, 'headers' | 'query'>;

const algorithm = 'AWS4-HMAC-SHA256';
const aWeek = 7 * 24 * 3600;

export function readSignature({ headers, query }: Carried): Signature | SignatureFault {
  const authorization = headers.authorization?.trim();
  if (authorization) return fromHeader(authorization, headers['x-amz-date']);
  if (query.has('X-Amz-Signature') || query.has('X-Amz-Algorithm')) return fromQuery(query);
  return { kind: 'missing', message: 'Request is missing Authentication Token' };
}

function fromHeader(authorization: string, amzDate: string | undefined): Signature | SignatureFault {
  const [scheme = '', ...rest] = authorization.split(/\s+/);
  if (scheme !== algorithm) return malformed(`Unsupported AWS 'algorithm': '${scheme.slice(0, 40)}'.`);
  const parts = new Map<string, string>();
  for (const part of rest.join(' ').split(',')) {
    const [name = '', ...value] = part.trim().split('=');
    if (name !== '') parts.set(name, value.join('='));
  }
  const missing = ['Credential', 'Signature', 'SignedHeaders']
    .filter((name) => !parts.get(name))
    .map((name) => `Authorization header requires '${name}' parameter.`);
  if (!amzDate) missing.push("Authorization header requires existence of an 'X-Amz-Date' header.");
  if (missing.length > 0) return malformed(missing.join(' '));
  return build(parts, amzDate ?? '', undefined);
}

function fromQuery(query: URLSearchParams): Signature | SignatureFault {
  if (query.get('X-Amz-Algorithm') !== algorithm) return malformed("Unsupported AWS 'algorithm'.");
  const parts = new Map<string, string>();
  for (const name of ['Credential', 'Signature', 'SignedHeaders', 'Date', 'Expires']) {
    const value = query.get(`X-Amz-${name}`);
    // STS lets `X-Amz-Expires` be left out: fifteen minutes.
    if (value) parts.set(name, value);
    else if (name !== 'Expires')
      return malformed(`AWS query-string parameters must include 'X-Amz-${name}'.`);
  }
  const expiresSeconds = Number(parts.get('Expires') ?? 900);
  if (!Number.isInteger(expiresSeconds) || expiresSeconds < 0 || expiresSeconds > aWeek) {
    return malformed("'X-Amz-Expires' must be a number of seconds, at most a week.");
  }
  return build(parts, parts.get('Date') ?? '', expiresSeconds);
}

function build(
  parts: ReadonlyMap<string, string>,
  amzDate: string,
  expiresSeconds: number | undefined,
): Signature | SignatureFault {
  const credential = parts.get('Credential') ?? '';
  const [accessKeyId = '', date = '', region = '', service = '', term, ...more] = credential.split('/');
  if (term !== 'aws4_request' || more.length > 0) {
    return malformed(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential.slice(0, 200)}'.`,
    );
  }
  const signedHeaders = (parts.get('SignedHeaders') ?? '').toLowerCase().split(';');
  const hex = parts.get('Signature') ?? '';
  return {
    accessKeyId,
    date,
    region,
    service,
    signedHeaders,
    hex,
    amzDate,
    presigned: expiresSeconds !== undefined,
    expiresSeconds,
  };
}

function malformed(message: string): SignatureFault {
  return { kind: 'malformed', message };
}

/** `20261123T140500Z` */
export function parseAmzDate(text: string): Date | undefined {
  const match = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
