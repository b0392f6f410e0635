// Signature Version 4 from the server's side: what a request's signature must be, given the secret.
// The SDK's signer cannot be used for that: it adds what it would have sent (`X-Amz-Expires`, a date) to what was sent.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import { createHash, createHmac } from 'node:crypto';
import type { SignedRequest } from './signature.ts';
import type { Signature } from './signature-parts.ts';

/** In hex. */
export function expectedSignature(
  request: SignedRequest,
  signature: Signature,
  secretAccessKey: string,
): string {
  const { amzDate, date, region, service } = signature;
  const scope = `${date}/${region}/${service}/aws4_request`;
  const canonical = sha256(canonicalRequest(request, signature));
  const key = [date, region, service, 'aws4_request'].reduce<string | Buffer>(
    (previous, part) => createHmac('sha256', previous).update(part).digest(),
    `AWS4${secretAccessKey}`,
  );
  return createHmac('sha256', key)
    .update(['AWS4-HMAC-SHA256', amzDate, scope, canonical].join('\n'))
    .digest('hex');
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function canonicalRequest(request: SignedRequest, { signedHeaders }: Signature): string {
  const headers = signedHeaders.map((name) => `${name}:${canonicalValue(request.headers[name] ?? '')}\n`);
  return [
    request.method,
    // The path came encoded, and is encoded once more (S3 alone does not).
    uriEncode(request.path).replaceAll('%2F', '/'),
    canonicalQuery(request.query),
    headers.join(''),
    signedHeaders.join(';'),
    // Of what came, whatever X-Amz-Content-Sha256 says: `UNSIGNED-PAYLOAD` is S3's.
    sha256(request.body),
  ].join('\n');
}

function canonicalValue(value: string): string {
  return value.trim().replace(/\s+/g, ' ');
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [uriEncode(name), uriEncode(value)] as const)
    .sort(([name, value], [otherName, otherValue]) => compare(name, otherName) || compare(value, otherValue))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function compare(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}

/** RFC 3986: all but `A-Za-z0-9-_.~`. */
function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
