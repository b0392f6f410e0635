/** Builds one image of a commit, unless the registry has it already. */
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import type { Ecr } from '../aws/ecr.ts';
import type { BuildOptions } from '../build/buildx.ts';
import { withRunFolder } from '../process/run-folder.ts';
import { engineQueue } from '../release/names.ts';
import type { ImagePlan } from '../release/plan.ts';
import { extractArchive } from '../source/extract-archive.ts';
import type { Store } from '../store/store.ts';
import type { BuildActivities, BuildImageInput, BuildImageResult } from './contracts/build.ts';
import { withHeartbeat } from './heartbeat.ts';
import { type CommitTags, findReusable } from './reusable-image.ts';
import { withStepLog } from './step-log.ts';

export interface BuildPorts {
  readonly store: Store;
  readonly ecr: Pick<Ecr, 'findTag'>;
  /** Architectures of an image in the registry; null when it is not there. */
  readonly architecturesOf: (repositoryUri: string, reference: string) => Promise<readonly string[] | null>;
  readonly build: (options: BuildOptions) => Promise<void>;
  readonly engineId: string;
  readonly emulated: boolean;
  /** Scratch space for unpacked commits. */
  readonly folder: string;
}

/** The name under which an image waits in the engine and lies in the registry: repository and full commit. */
export const referenceOf = (image: ImagePlan, commit: string): string => `${image.repositoryUri}:${commit}`;

export const createBuildActivities = (ports: BuildPorts): BuildActivities => ({
  buildImage: ({ image, commit, source }: BuildImageInput): Promise<BuildImageResult> =>
    withHeartbeat(
      'looking in the registry',
      async (heart) => {
        const reused = await findReusable(tagsOf(ports), image, commit.sha);
        if (reused !== null) return { kind: 'reused', digest: reused };
        const signal = Context.current().cancellationSignal;
        return withRunFolder(ports.folder, (folder) =>
          withStepLog(ports.store, `build:${image.name}`, [], async (log) => {
            heart.follow(() => log.tail(1)[0] ?? '');
            heart.phase('unpacking');
            const sourceFolder = join(folder, 'source');
            await extractArchive(ports.store, source.hash, sourceFolder, signal);
            heart.phase('building');
            const reference = referenceOf(image, commit.sha);
            await ports.build({
              sourceFolder,
              image,
              commit: commit.sha,
              reference,
              signal,
              onOutput: log.write,
              onProgress: (progress) => heart.measure({ ...progress, unit: 'steps' }),
            });
            return {
              kind: 'built',
              pushQueue: engineQueue(ports.engineId),
              localReference: reference,
              logKey: log.key,
              emulated: ports.emulated,
            };
          }),
        );
      },
      `build:${image.name}`,
    ),
});

const tagsOf = ({ ecr, architecturesOf }: BuildPorts): CommitTags => ({
  findTag: ({ repository }, tag) => ecr.findTag(repository, tag),
  architecturesOf,
});
