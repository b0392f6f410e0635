/** Whose password is shown to whom, where an image is fetched from the registry of another account. */
import { afterEach, expect, it } from '@jest/globals';
import { createImageCopies } from '../../src/aws/image-copies.ts';

const { fetch } = globalThis;
afterEach(() => {
  globalThis.fetch = fetch;
});

/** Host → what it was shown, of a copy that finds nothing. */
const shown = async (from: string, to: string): Promise<Readonly<Record<string, string | null>>> => {
  const seen: Record<string, string | null> = {};
  globalThis.fetch = async (url, init) => {
    const authorization = new Headers(init?.headers).get('authorization');
    seen[new URL(String(url)).host] =
      authorization && Buffer.from(authorization.split(' ')[1] ?? '', 'base64').toString();
    return new Response(null, { status: 404 });
  };
  const copies = createImageCopies(async (region) => ({ username: 'AWS', password: region ?? 'own' }));
  await expect(copies.copy({ from, to, digest: 'sha256:x', tag: 'c0ffee' })).rejects.toMatchObject({
    type: 'UnsafePlan',
  });
  return seen;
};

const OURS = '222222222222.dkr.ecr.eu-west-1.amazonaws.com';

it.each<[string, string, string, string | null]>([
  ['another account', '111111111111.dkr.ecr.eu-west-1.amazonaws.com', OURS, 'AWS:eu-west-1'],
  ['another region', '111111111111.dkr.ecr.us-east-1.amazonaws.com', OURS, 'AWS:us-east-1'],
  ['another instance on this machine', '127.0.0.1:4567', 'localhost:4566', 'AWS:own'],
  ['a server that only looks like ECR', '111111111111.dkr.ecr.eu-west-1.amazonaws.com.example', OURS, null],
  ['any other server', 'registry.example', OURS, null],
  ['a server of this machine, where ours is in AWS', 'localhost:5000', OURS, null],
])('%s', async (_what, from, to, password) => {
  expect((await shown(`${from}/shop/api`, `${to}/shop/api`))[from]).toBe(password);
});
