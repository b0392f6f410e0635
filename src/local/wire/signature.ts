// Checks a request's Signature Version 4, in a header or in a presigned URL, against the local key.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
import { timingSafeEqual } from 'node:crypto';
import { expectedSignature } from './canonical-request.ts';
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

/**
 * Undefined when the signature is good. Any region is accepted, and a session token is not looked at:
 * who has the secret may come with whatever profile is left in the environment.
 */
export function findSignatureFault(
  request: SignedRequest,
  serviceName: string,
  credentials: LocalCredentials,
  nowMs: number,
): SignatureFault | undefined {
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
  const expected = expectedSignature(request, signature, credentials.secretAccessKey);
  return equal(expected, signature.hex)
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

function equal(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));
}

/** `20261123T140500Z` */
function amz(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
}
