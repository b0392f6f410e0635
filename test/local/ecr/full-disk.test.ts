import { cp, mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as sdk from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { type RealRegistry, startRealRegistry } from './real-registry.ts';
import { basicAuth, pusher, type StartedEcr, startEcr } from './start-ecr.ts';

let registry: RealRegistry;
const open: StartedEcr[] = [];
beforeAll(async () => {
  registry = await startRealRegistry();
});
afterAll(async () => {
  for (const ecr of open) await ecr.close();
  await registry.close();
});

it.each(['PutImage', 'docker push'])(
  'what a full disk did not take is on it before %s is told that it exists',
  async (door) => {
    const logged = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const ecr = await startEcr(registry);
    open.push(ecr);
    const docker = pusher(ecr.host, await basicAuth(ecr.client));
    const repositoryName = 'full';
    await ecr.client.send(
      new sdk.CreateRepositoryCommand({ repositoryName, imageTagMutability: 'IMMUTABLE' }),
    );
    const { text, digest } = await docker.image(repositoryName);
    const push = async (): Promise<string> => {
      if (door === 'docker push') {
        const answer = await docker.manifest(repositoryName, 'v1', text);
        return ((await answer.json()) as { errors: { code: string }[] }).errors[0]?.code ?? '';
      }
      const command = new sdk.PutImageCommand({ repositoryName, imageManifest: text, imageTag: 'v1' });
      return ecr.client.send(command).then(
        () => 'done',
        (error: Error) => error.name,
      );
    };
    const folder = dirname(ecr.stateFile);
    await rename(folder, `${folder}-away`);
    expect(await push()).toMatch(/^(ServerException|UNAVAILABLE)$/);
    expect(await push()).toMatch(/^(ServerException|UNAVAILABLE)$/);
    await rename(`${folder}-away`, folder);
    expect(await push()).toMatch(/^(ImageAlreadyExistsException|TAG_INVALID)$/);
    // What kill -9 would leave.
    const copy = join(folder, 'copy');
    await mkdir(copy);
    await cp(ecr.stateFile, join(copy, 'ecr.json'));
    const reborn = await startEcr(registry, join(copy, 'ecr.json'));
    open.push(reborn);
    const { imageDetails } = await reborn.client.send(new sdk.DescribeImagesCommand({ repositoryName }));
    expect(imageDetails).toMatchObject([{ imageDigest: digest, imageTags: ['v1'] }]);
    logged.mockRestore();
  },
);
