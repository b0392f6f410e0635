/** What Slipway copies from one registry to another is whole for a client that we did not write. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { copyBetweenRegistries } from '../../src/aws/registry-copy.ts';
import { twoPlatforms } from '../aws/oci-images.ts';
import { type RealRegistry, startRealRegistry } from '../local/ecr/real-registry.ts';

let staging: RealRegistry;
let production: RealRegistry;
let folder: string;

beforeAll(async () => {
  [staging, production] = await Promise.all([startRealRegistry(), startRealRegistry()]);
  folder = await mkdtemp(join(tmpdir(), 'slipway-copied-'));
});
afterAll(async () => {
  await Promise.all([staging?.close(), production?.close()]);
  await rm(folder, { recursive: true, force: true });
});

const hostOf = ({ url }: RealRegistry): string => new URL(url).host;

const skopeo = async (...args: readonly string[]): Promise<string> =>
  (await execa('skopeo', [...args])).stdout;

it('skopeo reads an index of two platforms as it was, and finds all that it names', async () => {
  const digest = await twoPlatforms(hostOf(staging), 'team/app');
  const end = (registry: RealRegistry) => ({
    repositoryUri: `${hostOf(registry)}/team/app`,
    credentials: null,
    advice: '',
  });
  await copyBetweenRegistries({ from: end(staging), to: end(production), digest, tag: 'c0ffee' });
  const raw = (registry: RealRegistry, reference: string): Promise<string> =>
    skopeo('inspect', '--tls-verify=false', '--raw', `docker://${hostOf(registry)}/team/app${reference}`);
  expect(await raw(production, ':c0ffee')).toBe(await raw(staging, `@${digest}`));
  // Fetches everything, and compares every digest.
  const from = `docker://${hostOf(production)}/team/app:c0ffee`;
  await skopeo('copy', '--all', '--preserve-digests', '--src-tls-verify=false', from, `dir:${folder}`);
  // Two configurations, three layers, two images; the index and skopeo's own version file.
  expect(await readdir(folder)).toHaveLength(9);
});
