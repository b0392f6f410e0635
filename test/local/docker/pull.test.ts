// What a pull asks of the engine, and how its refusals read. The engine here only answers as recorded ones do.
import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import Docker from 'dockerode';
import type { Engine } from '../../../src/local/docker/engine.ts';
import { ImagePuller } from '../../../src/local/docker/pull.ts';

interface Recorded {
  /** Architecture of the image that the engine then has. */
  readonly architecture?: string;
  readonly present?: boolean;
  /** What our own registry says of the name. */
  readonly registered?: string;
  /** In the progress stream. */
  readonly error?: string;
}

const digest = `sha256:${'a'.repeat(64)}`;
const otherDigest = `sha256:${'b'.repeat(64)}`;

function puller(recorded: Recorded): { puller: ImagePuller; asked: unknown[] } {
  const asked: unknown[] = [];
  const docker = new Docker();
  let present = recorded.present ?? false;
  Object.assign(docker, {
    createImage: async (auth: unknown, options: unknown) => {
      asked.push({ auth, options });
      present = true;
      const stream = new PassThrough();
      stream.end(`${JSON.stringify(recorded.error ? { error: recorded.error } : { status: 'done' })}\n`);
      return stream;
    },
    getImage: () => ({
      inspect: async () => {
        if (!present) throw Object.assign(new Error('no such image'), { statusCode: 404 });
        return {
          Id: 'sha256:1',
          Os: 'linux',
          Architecture: recorded.architecture ?? 'amd64',
          RepoDigests: [
            'other/web@sha256:0',
            `localhost:5000/web@${digest}`,
            `localhost:5000/web@${otherDigest}`,
          ],
        };
      },
    }),
  });
  const engine: Engine = {
    docker,
    answers: async () => true,
    apiVersion: '1.41',
    inVirtualMachine: false,
  };
  const images = {
    pullCredentials: (image: string) =>
      image.startsWith('localhost:5000/')
        ? { username: 'AWS', password: 'secret', serveraddress: 'localhost:5000' }
        : undefined,
    lookUp: () => recorded.registered,
  };
  return { puller: new ImagePuller(engine, images), asked };
}

describe('a pull', () => {
  it('names platform and credentials, and gives the digest of its own repository', async () => {
    const { puller: it, asked } = puller({ architecture: 'arm64' });
    expect(await it.pull('localhost:5000/web:1', 'linux/arm64')).toEqual({ imageId: 'sha256:1', digest });
    expect(asked).toEqual([
      {
        auth: { username: 'AWS', password: 'secret', serveraddress: 'localhost:5000' },
        options: { fromImage: 'localhost:5000/web:1', platform: 'linux/arm64' },
      },
    ]);
  });

  it('of a name without tag means latest, and needs no credentials elsewhere', async () => {
    const { puller: it, asked } = puller({});
    await it.pull('python', 'linux/amd64');
    expect(asked).toEqual([{ auth: {}, options: { fromImage: 'python:latest', platform: 'linux/amd64' } }]);
  });

  it('by digest is left out when the engine has it', async () => {
    const { puller: it, asked } = puller({ present: true });
    expect(await it.pull(`localhost:5000/web@${digest}`, 'linux/amd64')).toEqual({
      imageId: 'sha256:1',
      digest,
    });
    expect(asked).toEqual([]);
  });

  it.each([`localhost:5000/web@${digest}`, 'localhost:5000/web:1'])(
    'of %s, deleted from our registry, fails though the engine has it',
    async (image) => {
      const { puller: it, asked } = puller({ present: true, registered: 'missing' });
      await expect(it.pull(image, 'linux/amd64')).rejects.toMatchObject({
        code: 'CannotPullContainerError',
        message: `pull image manifest has been retried 1 time(s): failed to resolve ref ${image}: ${image}: not found`,
      });
      expect(asked).toEqual([]);
    },
  );

  it('for Windows is refused before the engine is asked: it has Linux only', async () => {
    const { puller: it, asked } = puller({ present: true });
    await expect(it.pull(`localhost:5000/web@${digest}`, 'windows/amd64')).rejects.toMatchObject({
      code: 'CannotPullContainerError',
      message: `pull image manifest has been retried 1 time(s): image Manifest does not contain descriptor matching platform 'windows/amd64'`,
    });
    expect(asked).toEqual([]);
  });

  it('gives, of several digests of one image, the one that the registry means', async () => {
    const { puller: it } = puller({ registered: otherDigest });
    expect(await it.pull('localhost:5000/web:1', 'linux/amd64')).toMatchObject({ digest: otherDigest });
  });

  const wrong = `pull image manifest has been retried 1 time(s): image Manifest does not contain descriptor matching platform 'linux/arm64'`;
  it.each([
    ['an image of the other architecture', {}, wrong],
    [
      'an index without the platform',
      { error: 'no matching manifest for linux/arm64/v8 in the manifest list entries' },
      wrong,
    ],
    [
      'a name that is not there',
      { error: 'manifest for localhost:5000/web:1 not found: manifest unknown' },
      'pull image manifest has been retried 1 time(s): failed to resolve ref localhost:5000/web:1: localhost:5000/web:1: not found',
    ],
    [
      'any other refusal',
      { error: 'toomanyrequests: slow down' },
      'Error response from daemon: toomanyrequests: slow down',
    ],
  ])('of %s fails in ECS’s words', async (_what, recorded, message) => {
    const { puller: it } = puller(recorded);
    await expect(it.pull('localhost:5000/web:1', 'linux/arm64')).rejects.toMatchObject({
      code: 'CannotPullContainerError',
      message,
    });
  });
});
