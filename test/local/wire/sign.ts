// Signs any POST with the local key, whatever else is wrong with it. (That our signatures are AWS's is for
// signature.test.ts and the SDKs to judge.)
import { expectedSignature } from '../../../src/local/wire/canonical-request.ts';
import { credentials } from './start-wire.ts';

export interface Post {
  readonly port: number;
  /** The signing name. */
  readonly service: string;
  readonly body: string | Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly path?: string;
}

/** All headers to send but the body's length. Names in lower case. */
export function signedPost({ port, service, body, headers, path = '/' }: Post): Record<string, string> {
  const amzDate = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const all: Record<string, string> = { ...headers, host: `127.0.0.1:${port}`, 'x-amz-date': amzDate };
  const signedHeaders = Object.keys(all).sort();
  const scope = { date: amzDate.slice(0, 8), region: 'us-east-1', service };
  const hex = expectedSignature(
    { method: 'POST', path, query: new URLSearchParams(), headers: all, body: Buffer.from(body) },
    {
      accessKeyId: credentials.accessKeyId,
      ...scope,
      signedHeaders,
      hex: '',
      amzDate,
      presigned: false,
      expiresSeconds: undefined,
    },
    credentials.secretAccessKey,
  );
  const credential = `${credentials.accessKeyId}/${scope.date}/us-east-1/${service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders.join(';')}, Signature=${hex}`;
  return { ...all, authorization };
}
