// Checks a request's Signature Version 4 by signing it again with the local key, through the SDK's own signer.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
import { createHash, timingSafeEqual } from 'node:crypto';
import { HttpRequest } from '@smithy/core/protocols';
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';

export interface LocalCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface SignedRequest {
  readonly method: string;
  /** Path and query as they came. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Why a request is not accepted; each protocol has its own error code for these. */
export type SignatureFault = 'missing' | 'malformed' | 'unknown-key' | 'expired' | 'mismatch';

export interface Signature {
  readonly accessKeyId: string;
  /** `20261123` */
  readonly date: string;
  readonly region: string;
  /** The signing name, e.g. `ecs`: tells query services apart. */
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly hex: string;
}

const allowedClockSkewMs = 15 * 60_000;
const authorization =
  /^AWS4-HMAC-SHA256 +Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request,? *SignedHeaders=([^,\s]+),? *Signature=([0-9a-f]{64})$/;

/** What the Authorization header says, not yet verified. */
export function parseAuthorization(header: string | undefined): Signature | 'missing' | 'malformed' {
  if (header === undefined || header === '') return 'missing';
  const match = authorization.exec(header.trim());
  if (match === null) return 'malformed';
  const [, accessKeyId = '', date = '', region = '', service = '', headers = '', hex = ''] = match;
  return { accessKeyId, date, region, service, signedHeaders: headers.split(';'), hex };
}

/** Undefined when the signature is good. */
export async function findSignatureFault(
  request: SignedRequest,
  credentials: LocalCredentials,
  nowMs: number,
): Promise<SignatureFault | undefined> {
  const signature = parseAuthorization(request.headers.authorization);
  if (typeof signature === 'string') return signature;
  if (signature.accessKeyId !== credentials.accessKeyId) return 'unknown-key';
  const signedAt = parseAmzDate(request.headers['x-amz-date']);
  if (signedAt === undefined || !request.headers['x-amz-date']?.startsWith(signature.date))
    return 'malformed';
  if (Math.abs(nowMs - signedAt.getTime()) > allowedClockSkewMs) return 'expired';
  if (!bodyMatchesItsHeader(request)) return 'mismatch';
  const expected = parseAuthorization(await signAgain(request, signature, credentials, signedAt));
  if (typeof expected === 'string') return 'malformed';
  return timingSafeEqual(Buffer.from(expected.hex), Buffer.from(signature.hex)) ? undefined : 'mismatch';
}

/** The same headers, date and scope as the client's, so that an equal key gives an equal signature. */
async function signAgain(
  request: SignedRequest,
  signature: Signature,
  credentials: LocalCredentials,
  signingDate: Date,
): Promise<string | undefined> {
  const url = new URL(request.url, 'http://localhost');
  const headers: Record<string, string> = {};
  for (const name of signature.signedHeaders) headers[name] = request.headers[name] ?? '';
  const signer = new SignatureV4({
    credentials,
    region: signature.region,
    service: signature.service,
    sha256: Hash.bind(null, 'sha256'),
    applyChecksum: false,
  });
  const signed = await signer.sign(
    new HttpRequest({
      method: request.method,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers,
      body: request.body,
    }),
    { signingDate, signableHeaders: new Set(signature.signedHeaders) },
  );
  return signed.headers.authorization;
}

/** The signer believes `x-amz-content-sha256`; so that header has to be checked against the body first. */
function bodyMatchesItsHeader(request: SignedRequest): boolean {
  const claimed = request.headers['x-amz-content-sha256'];
  if (claimed === undefined) return true;
  return claimed === createHash('sha256').update(request.body).digest('hex');
}

/** `20261123T140500Z` */
function parseAmzDate(text: string | undefined): Date | undefined {
  const match = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(text ?? '');
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
