import { CreateRepositoryCommand } from '@aws-sdk/client-ecr';
import { describe, expect, it } from '@jest/globals';
import { indexType, manifestType, sha256, useEcr } from './start-ecr.ts';

const at = useEcr();

async function repository(name: string): Promise<string> {
  await at.ecr.client.send(new CreateRepositoryCommand({ repositoryName: name }));
  return name;
}

/** Follows `Link` as a client does, to the end. */
async function pages(path: string, member: 'tags' | 'repositories'): Promise<string[][]> {
  const seen: string[][] = [];
  let next: string | undefined = path;
  while (next !== undefined) {
    const response: Response = await at.docker.fetch(next);
    expect(response.status).toBe(200);
    seen.push(((await response.json()) as Record<string, string[]>)[member] ?? []);
    next = /^<([^>]+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1];
  }
  return seen;
}

describe('lists at the front door', () => {
  it('of tags come sorted, in pages that name the next one', async () => {
    const name = await repository('lists/tags');
    const { text } = await at.docker.image(name, 'b');
    for (const tag of ['d', 'a', 'c']) await at.docker.manifest(name, tag, text);
    expect(await pages(`/v2/${name}/tags/list`, 'tags')).toEqual([['a', 'b', 'c', 'd']]);
    expect(await pages(`/v2/${name}/tags/list?n=3`, 'tags')).toEqual([['a', 'b', 'c'], ['d']]);
    expect(await pages(`/v2/${name}/tags/list?n=2`, 'tags')).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(await pages(`/v2/${name}/tags/list?last=c`, 'tags')).toEqual([['d']]);
    expect(await pages(`/v2/${name}/tags/list?n=0`, 'tags')).toEqual([[]]);
  });

  it('come a hundred at a time when nothing is asked for', async () => {
    const name = await repository('lists/many');
    const { text } = await at.docker.image(name, 'v000');
    const tags = Array.from({ length: 103 }, (_, index) => `v${String(index).padStart(3, '0')}`);
    await Promise.all(tags.map((tag) => at.docker.manifest(name, tag, text)));
    expect(await pages(`/v2/${name}/tags/list`, 'tags')).toEqual([tags.slice(0, 100), tags.slice(100)]);
    expect(await pages(`/v2/${name}/tags/list?n=1000`, 'tags')).toEqual([tags]);
  });

  it('of a repository without images are empty', async () => {
    const name = await repository('lists/empty');
    expect(await (await at.docker.fetch(`/v2/${name}/tags/list`)).json()).toEqual({ name, tags: [] });
  });

  it('of repositories come in pages, too', async () => {
    await repository('lists/x');
    await repository('lists/y');
    const all = await pages('/v2/_catalog', 'repositories');
    expect(all[0]).toEqual(expect.arrayContaining(['lists/x', 'lists/y']));
    expect((await pages('/v2/_catalog?n=1', 'repositories')).flat()).toEqual(all.flat());
  });

  it.each(['1001', '-1', '1.5', 'many'])('of %s at once are refused, as at ECR', async (n) => {
    const name = await repository(`lists/n-${sha256(n).slice(7, 17)}`);
    for (const path of [`/v2/${name}/tags/list?n=${n}`, `/v2/_catalog?n=${n}`]) {
      const response = await at.docker.fetch(path);
      expect(response.status).toBe(405);
      expect(await response.json()).toMatchObject({ errors: [{ code: 'UNSUPPORTED' }] });
    }
  });

  it.each(['/v2/', '/v2/_catalog', '/v2/lists/m/tags/list', `/v2/lists/m/referrers/${sha256('x')}`])(
    '%s cannot be written to',
    async (path) => {
      if (path.endsWith('tags/list')) await repository('lists/m');
      for (const method of ['POST', 'PUT', 'DELETE']) {
        expect((await at.docker.fetch(path, { method })).status).toBe(405);
      }
    },
  );
});

describe('what refers to an image', () => {
  const referrer = async (name: string, subject: string, artifactType: string, note: string) => {
    const config = Buffer.from('{}');
    const text = JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      artifactType,
      config: {
        mediaType: 'application/vnd.oci.empty.v1+json',
        digest: await at.docker.blob(name, config),
        size: 2,
      },
      layers: [],
      subject: { mediaType: manifestType, digest: subject, size: 1 },
      annotations: { note },
    });
    const pushed = await at.docker.manifest(name, sha256(text), text);
    expect([pushed.status, pushed.headers.get('oci-subject')]).toEqual([201, subject]);
    return {
      mediaType: manifestType,
      digest: sha256(text),
      size: text.length,
      artifactType,
      annotations: { note },
    };
  };

  it('is listed, of one kind when asked, until it is deleted', async () => {
    const name = await repository('lists/referrers');
    const { digest } = await at.docker.image(name, 'v1');
    const sbom = await referrer(name, digest, 'application/spdx+json', 'a');
    const signature = await referrer(name, digest, 'application/x.signature', 'b');
    const list = async (query = '') => at.docker.fetch(`/v2/${name}/referrers/${digest}${query}`);
    const all = await list();
    expect([all.status, all.headers.get('content-type'), all.headers.get('oci-filters-applied')]).toEqual([
      200,
      indexType,
      null,
    ]);
    expect(await all.json()).toEqual({
      schemaVersion: 2,
      mediaType: indexType,
      manifests: expect.arrayContaining([sbom, signature]),
    });
    const some = await list('?artifactType=application%2Fspdx%2Bjson');
    expect(some.headers.get('oci-filters-applied')).toBe('artifactType');
    expect(await some.json()).toMatchObject({ manifests: [sbom] });
    await at.docker.fetch(`/v2/${name}/manifests/${sbom.digest}`, { method: 'DELETE' });
    expect(await (await list()).json()).toMatchObject({ manifests: [signature] });
  });

  it('is nothing for an image that is not there, and an error for what is no digest', async () => {
    const name = await repository('lists/no-referrers');
    const none = await at.docker.fetch(`/v2/${name}/referrers/${sha256('absent')}`);
    expect(await none.json()).toMatchObject({ manifests: [] });
    expect((await at.docker.fetch(`/v2/${name}/referrers/latest`)).status).toBe(400);
  });
});
