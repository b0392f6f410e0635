// Checks a request's Signature Version 4 by signing it again with the local key, through the SDK's own signer.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
import { createHash, timingSafeEqual } from 'node:crypto';
import { HttpRequest } from '@smithy/core/protocols';
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import { parseAmzDate, readSignature, type Signature } from './signature-parts.ts';

export interface LocalCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface SignedRequest {
  readonly method: string;
  /** Always begins with one slash: what the client asked for, without host. */
  readonly path: string;
  /** In the order in which they came. */
  readonly query: URLSearchParams;
  /** By lower-case name; repeated ones joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Why a request is not accepted; each protocol has its own error code for these. */
export interface SignatureFault {
  readonly kind: 'missing' | 'malformed' | 'unknown-key' | 'expired' | 'mismatch';
  readonly message: string;
}

const allowedClockSkewMs = 15 * 60_000;
/** A presigned URL lives at most a week. */
const longestPresignSeconds = 7 * 24 * 3600;

/**
 * Undefined when the signature is good. Any region is accepted, and a session token is not looked at:
 * who has the secret may come with whatever profile is left in the environment.
 */
export async function findSignatureFault(
  request: SignedRequest,
  serviceName: string,
  credentials: LocalCredentials,
  nowMs: number,
): Promise<SignatureFault | undefined> {
  const signature = readSignature(request);
  if ('kind' in signature) return signature;
  if (signature.accessKeyId !== credentials.accessKeyId) {
    return { kind: 'unknown-key', message: 'The security token included in the request is invalid.' };
  }
  const signedAt = parseAmzDate(signature.amzDate);
  if (signedAt === undefined) return { kind: 'malformed', message: `Not a date: '${signature.amzDate}'` };
  const scope = scopeFault(signature, serviceName);
  if (scope !== undefined) return { kind: 'mismatch', message: scope };
  const expired = expiry(signature, signedAt.getTime(), nowMs);
  if (expired !== undefined) return { kind: 'expired', message: expired };
  const expected = bodyMatchesItsHeader(request)
    ? await signAgain(request, signature, credentials, signedAt)
    : undefined;
  return expected !== undefined && equal(expected, signature.hex)
    ? undefined
    : {
        kind: 'mismatch',
        message:
          'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
      };
}

function scopeFault(signature: Signature, serviceName: string): string | undefined {
  const { amzDate, date, service, signedHeaders } = signature;
  if (!amzDate.startsWith(date)) {
    return `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${date}' != '${amzDate.slice(0, 8)}', from '${amzDate}'.`;
  }
  if (service !== serviceName) return `Credential should be scoped to correct service: '${serviceName}'.`;
  if (!signedHeaders.includes('host')) {
    return "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.";
  }
  return undefined;
}

function expiry(signature: Signature, signedAtMs: number, nowMs: number): string | undefined {
  const { amzDate, expiresSeconds } = signature;
  const lifeMs = expiresSeconds === undefined ? allowedClockSkewMs : expiresSeconds * 1000;
  if (nowMs - signedAtMs > lifeMs) {
    const life = expiresSeconds === undefined ? '15 min.' : `${expiresSeconds} s`;
    return `Signature expired: ${amzDate} is now earlier than ${amz(nowMs - lifeMs)} (${amz(nowMs)} - ${life})`;
  }
  if (signedAtMs - nowMs > allowedClockSkewMs) {
    return `Signature not yet current: ${amzDate} is still later than ${amz(nowMs + allowedClockSkewMs)} (${amz(nowMs)} + 15 min.)`;
  }
  return undefined;
}

/** The same headers, date and scope as the client's, so that an equal key gives an equal signature. */
async function signAgain(
  request: SignedRequest,
  signature: Signature,
  credentials: LocalCredentials,
  signingDate: Date,
): Promise<string | undefined> {
  const signableHeaders = new Set(signature.signedHeaders);
  const headers: Record<string, string> = {};
  for (const name of signableHeaders) headers[name] = request.headers[name] ?? '';
  const token = request.query.get('X-Amz-Security-Token');
  const signer = new SignatureV4({
    credentials: { ...credentials, ...(signature.presigned && token && { sessionToken: token }) },
    region: signature.region,
    service: signature.service,
    sha256: Hash.bind(null, 'sha256'),
    applyChecksum: false,
  });
  const { method, path, body } = request;
  const unsigned = new HttpRequest({ method, path, query: queryBag(request.query), headers, body });
  if (signature.presigned) {
    const expiresIn = Math.min(signature.expiresSeconds ?? 0, longestPresignSeconds);
    const options = { signingDate, expiresIn, signableHeaders, unhoistableHeaders: signableHeaders };
    return String((await signer.presign(unsigned, options)).query?.['X-Amz-Signature']);
  }
  const signed = await signer.sign(unsigned, { signingDate, signableHeaders });
  return /Signature=([0-9a-f]+)$/.exec(signed.headers.authorization ?? '')?.[1];
}

function queryBag(query: URLSearchParams): Record<string, string | string[]> {
  const bag: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  for (const name of new Set(query.keys())) {
    if (name === 'X-Amz-Signature') continue;
    const values = query.getAll(name);
    bag[name] = values.length === 1 ? (values[0] ?? '') : values;
  }
  return bag;
}

/** The signer believes `x-amz-content-sha256`; so that header has to be checked against the body first. */
function bodyMatchesItsHeader(request: SignedRequest): boolean {
  const claimed = request.headers['x-amz-content-sha256'];
  if (claimed === undefined) return true;
  return claimed === createHash('sha256').update(request.body).digest('hex');
}

function equal(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));
}

/** `20261123T140500Z` */
function amz(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
}
