// Makes one path readable without login for an hour, like the pre-signed URLs of GetDownloadUrlForLayer.
// The key lives only as long as the process; such a URL is used at once or not at all.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const lifetimeMs = 3_600_000;

export interface SignedPaths {
  sign(path: string): string;
  isValid(path: string, query: URLSearchParams): boolean;
}

export function createSignedPaths(now: () => number = Date.now): SignedPaths {
  const key = randomBytes(32);
  const mac = (path: string, expires: string): string =>
    createHmac('sha256', key).update(`${expires} ${path}`).digest('hex');
  return {
    sign(path) {
      const expires = String(now() + lifetimeMs);
      return `${path}?expires=${expires}&signature=${mac(path, expires)}`;
    },
    isValid(path, query) {
      const expires = query.get('expires') ?? '';
      const given = Buffer.from(query.get('signature') ?? '');
      const expected = Buffer.from(mac(path, expires));
      return Number(expires) > now() && given.length === expected.length && timingSafeEqual(given, expected);
    },
  };
}
