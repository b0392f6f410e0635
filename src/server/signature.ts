/**
 * Whether GitHub has signed these bytes. Over the bytes as they came: a lenient decoder would give different bodies the
 * same text, and @octokit/webhooks-methods takes text only.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

const FORM = /^sha256=([0-9a-f]{64})$/;

/**
 * In the same time for every wrong signature, whichever secret it is near to.
 * @param header `X-Hub-Signature-256`; the older SHA-1 one counts for nothing
 */
export function isSigned(body: Buffer, header: string | undefined, secrets: readonly Buffer[]): boolean {
  const digits = FORM.exec(header ?? '')?.[1];
  const given = Buffer.from(digits ?? '0'.repeat(64), 'hex');
  const matches = secrets.map((secret) =>
    timingSafeEqual(createHmac('sha256', secret).update(body).digest(), given),
  );
  return digits !== undefined && matches.some(Boolean);
}
