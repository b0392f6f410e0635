import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { isSigned } from '../../src/server/signature.ts';

const OLD = Buffer.from('the-old-secret-of-the-hook');
const NEW = Buffer.from('the-new-secret-of-the-hook');
const BODY = Buffer.from('{"zen":"Grüße"}');
const sign = (secret: Buffer, body: Buffer = BODY, algorithm = 'sha256'): string =>
  `${algorithm}=${createHmac(algorithm, secret).update(body).digest('hex')}`;

describe('a signature', () => {
  it('is right by either secret', () => {
    expect(isSigned(BODY, sign(OLD), [NEW, OLD])).toBe(true);
    expect(isSigned(BODY, sign(NEW), [NEW, OLD])).toBe(true);
  });

  // GitHub's own example: docs, "Validating webhook deliveries".
  it('is that of GitHub', () => {
    const given = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    expect(isSigned(Buffer.from('Hello, World!'), given, [Buffer.from("It's a Secret to Everybody")])).toBe(
      true,
    );
  });

  it('is of the bytes, not of what a lenient decoder makes of them', () => {
    const broken = Buffer.from([0x22, 0xff, 0x22]);
    const replaced = Buffer.from(broken.toString('utf8'));
    expect(isSigned(broken, sign(NEW, broken), [NEW])).toBe(true);
    expect(isSigned(broken, sign(NEW, replaced), [NEW])).toBe(false);
  });

  it.each<[string, string | undefined]>([
    ['none', undefined],
    ['an empty one', ''],
    ['that of a secret that is gone', sign(Buffer.from('another-secret'))],
    ['one over other bytes', sign(NEW, Buffer.from('{}'))],
    ['SHA-1', sign(NEW, BODY, 'sha1')],
    ['SHA-1 under the name of SHA-256', sign(NEW, BODY, 'sha1').replace('sha1', 'sha256')],
    ['no algorithm', sign(NEW).slice('sha256='.length)],
    ['capitals', sign(NEW).toUpperCase()],
    ['a cut one', sign(NEW).slice(0, -1)],
    ['a longer one', `${sign(NEW)}0`],
    ['a line behind it', `${sign(NEW)}\n`],
    ['two of them', `${sign(NEW)}, ${sign(NEW)}`],
    ['all zeros', `sha256=${'0'.repeat(64)}`],
  ])('is wrong: %s', (_what, header) => {
    expect(isSigned(BODY, header, [NEW, OLD])).toBe(false);
  });
});
