import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DescribeImagesCommand,
  PutImageCommand,
} from '@aws-sdk/client-ecr';
import { describe, expect, it, jest } from '@jest/globals';
import { startRealRegistry } from './real-registry.ts';
import { basicAuth, pusher, startEcr } from './start-ecr.ts';

describe('when the registry behind the door has gone', () => {
  it('both doors say so, as something that may pass, and no tag appears or is lost', async () => {
    const registry = await startRealRegistry();
    const ecr = await startEcr(registry);
    // What is logged is the reason, which the client is not told.
    const logged = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    try {
      const docker = pusher(ecr.host, await basicAuth(ecr.client));
      const repositoryName = 'gone';
      await ecr.client.send(new CreateRepositoryCommand({ repositoryName }));
      const { text, digest } = await docker.image(repositoryName, 'v1');
      await registry.stop();

      const path = `/v2/${repositoryName}`;
      for (const [method, rest] of [
        ['GET', '/manifests/v1'],
        ['POST', '/blobs/uploads/'],
        ['GET', `/blobs/${digest}`],
      ] as const) {
        const answer = await docker.fetch(`${path}${rest}`, { method });
        expect(answer.status).toBe(503);
        expect(await answer.json()).toMatchObject({ errors: [{ code: 'UNAVAILABLE' }] });
      }
      expect((await docker.manifest(repositoryName, 'v2', text)).status).toBe(503);

      const imageIds = [{ imageTag: 'v1' }];
      const failed = { name: 'ServerException', $metadata: { httpStatusCode: 500 } };
      await expect(
        ecr.client.send(new BatchGetImageCommand({ repositoryName, imageIds })),
      ).rejects.toMatchObject(failed);
      const put = new PutImageCommand({ repositoryName, imageManifest: text, imageTag: 'v3' });
      await expect(ecr.client.send(put)).rejects.toMatchObject(failed);
      const { imageDetails } = await ecr.client.send(new DescribeImagesCommand({ repositoryName }));
      expect(imageDetails).toMatchObject([{ imageDigest: digest, imageTags: ['v1'] }]);
      expect(logged.mock.calls.flat().join('\n')).toContain(
        `the registry at ${registry.url} cannot be reached`,
      );
    } finally {
      logged.mockRestore();
      await ecr.close();
      await registry.close();
    }
  });
});
