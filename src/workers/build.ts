/**
 * Build: one architecture, one Docker engine. May read and push the app's images, nothing else in AWS. Serves two
 * queues: builds for anybody, pushes for what lies in this engine.
 */
import { join } from 'node:path';
import { ECRClient } from '@aws-sdk/client-ecr';
import { createBuildActivities } from '../activities/build.ts';
import { createPushActivities } from '../activities/push.ts';
import { createEcr } from '../aws/ecr.ts';
import { architecturesOf } from '../aws/image-registry.ts';
import { buildImage } from '../build/buildx.ts';
import { type DockerPrograms, findEngineEnvironment } from '../build/docker-cli.ts';
import { proveArchitecture } from '../build/prove-architecture.ts';
import { pushReference } from '../build/push.ts';
import { ConfigurationError } from '../errors.ts';
import { buildQueue, engineQueue } from '../release/names.ts';
import { createFolderStore } from '../store/folder-store.ts';
import { findTool } from '../tools.ts';
import { AWS_CLIENT } from './aws-client.ts';
import type { WorkerOptions } from './options.ts';
import type { PreparedRole } from './roles.ts';

/** Builds burden the engine, pushes the network: each has slots of its own. */
const BUILD_SLOTS = 2;
const PUSH_SLOTS = 4;

export const prepareBuild = async (options: WorkerOptions): Promise<PreparedRole> => {
  const { architecture } = options;
  if (!architecture) throw new ConfigurationError('a build worker needs an architecture: arm64 or amd64');
  const docker = await findTool('docker');
  const programs: DockerPrograms = {
    docker,
    buildx: await findTool('buildx'),
    engineEnv: await findEngineEnvironment(docker),
    scratch: join(options.dataFolder, 'docker'),
  };
  const { engine, mode } = await proveArchitecture(programs, architecture);
  const store = createFolderStore(options.storeFolder);
  const ecr = createEcr(new ECRClient(AWS_CLIENT));
  const platforms = (repositoryUri: string, reference: string) =>
    architecturesOf(ecr, repositoryUri, reference);
  return {
    line: `build ${architecture} (${mode})`,
    queues: [
      {
        taskQueue: buildQueue(architecture),
        slots: BUILD_SLOTS,
        activities: createBuildActivities({
          store,
          ecr,
          architecturesOf: platforms,
          build: (build) => buildImage(programs, build),
          engineId: engine.id,
          emulated: mode === 'emulated',
          folder: join(options.dataFolder, 'build'),
        }),
      },
      {
        taskQueue: engineQueue(engine.id),
        slots: PUSH_SLOTS,
        activities: createPushActivities({
          store,
          ecr,
          architecturesOf: platforms,
          push: (push) => pushReference(programs, push),
        }),
      },
    ],
  };
};
