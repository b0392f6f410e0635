/** Builds one image of a commit with buildx and leaves it in the engine, under its reference, unpushed. */
import { join } from 'node:path';
import { BuildFailedError } from '../errors.ts';
import { runProcess } from '../process/run-process.ts';
import { createTail } from '../process/tail.ts';
import type { ImagePlan } from '../release/plan.ts';
import { resolveInside } from '../source/inside.ts';
import { type BuildProgress, createBuildTrace } from './build-trace.ts';
import { type DockerPrograms, withPrivateDocker } from './docker-cli.ts';
import { readBuildFailure } from './failures.ts';

export interface BuildOptions {
  /** The commit's files. */
  readonly sourceFolder: string;
  readonly image: ImagePlan;
  readonly commit: string;
  /** `<repositoryUri>:<tag>`. */
  readonly reference: string;
  readonly signal?: AbortSignal;
  /** The build's log, as people read it. */
  readonly onOutput: (text: string) => void;
  /** Told with each piece of output. */
  readonly onProgress?: (progress: BuildProgress) => void;
}

const TAIL_BYTES = 64 * 1024;

/** @throws BuildFailedError (Dockerfile, context, RUN), TransientError (engine, network, disk), ConfigurationError */
export const buildImage = async (programs: DockerPrograms, options: BuildOptions): Promise<void> => {
  const { image, signal } = options;
  const root = options.sourceFolder;
  // Through symbolic links too: a context must not lead into this host's own files.
  const context = await resolveInside(root, image.context, `images.${image.name}.context`);
  const file = join(image.context, image.dockerfile);
  const dockerfile = await resolveInside(root, file, `images.${image.name}.dockerfile`);
  // What went wrong is read from the log, not from the JSON that buildx prints.
  const tail = createTail(TAIL_BYTES);
  const trace = createBuildTrace((text) => {
    tail.add(text);
    options.onOutput(text);
  });
  const result = await withPrivateDocker(programs, (env, folder) =>
    runProcess([programs.buildx, ...buildArguments(options, context, dockerfile)], {
      cwd: folder,
      env,
      timeoutMs: image.timeoutMs,
      onOutput: (output) => {
        trace.add(output);
        options.onProgress?.(trace.progress());
      },
      ...(signal ? { signal } : {}),
    }).finally(() => trace.end()),
  );
  if (result.timedOut) {
    throw new BuildFailedError(
      `image ${image.name} was not built within ${Math.round(image.timeoutMs / 1000)} s`,
      {
        advice: `raise images.${image.name}.timeout`,
      },
    );
  }
  if (result.exitCode !== 0) throw readBuildFailure(image.name, { ...result, tail: tail.text() });
};

const buildArguments = (options: BuildOptions, context: string, dockerfile: string): readonly string[] => {
  const { image, commit, reference } = options;
  const buildArgs = { ...image.args, [image.commitArg]: commit };
  return [
    'build',
    '--platform',
    `linux/${image.architecture}`,
    '--load',
    // An attestation would turn the pushed digest into an index (DESIGN.md, facts 3.4).
    `--provenance=${image.provenance}`,
    '--progress=rawjson',
    '--tag',
    reference,
    '--file',
    dockerfile,
    ...(image.target === undefined ? [] : ['--target', image.target]),
    ...Object.entries(buildArgs).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
    '--',
    context,
  ];
};
