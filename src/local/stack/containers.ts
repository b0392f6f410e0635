/**
 * The containers and networks of one instance, by their label, and the images of its registry; nothing else in
 * the engine is touched.
 */
import { execa } from 'execa';
import { MissingToolError } from '../../errors.ts';

export const INSTANCE_LABEL = 'slipway.local.instance';

/** @throws MissingToolError when no Docker engine answers */
export async function assertEngineAnswers(docker: string): Promise<void> {
  const result = await execa(docker, ['version', '--format', '{{.Server.Version}}'], {
    reject: false,
    timeout: 15_000,
  });
  if (result.exitCode === 0) return;
  throw new MissingToolError('no Docker engine answers, and the local services run as containers', {
    advice: 'Start Docker, or run the command inside script/with-engine.',
    evidence: String(result.stderr).split('\n').slice(0, 3),
  });
}

/** Resolves with how many containers were removed. */
export async function removeContainers(docker: string, instanceId: string): Promise<number> {
  const filter = ['--filter', `label=${INSTANCE_LABEL}=${instanceId}`];
  const containers = await list(docker, ['ps', '--all', '--quiet', ...filter]);
  if (containers.length > 0) await execa(docker, ['rm', '--force', '--volumes', ...containers]);
  const networks = await list(docker, ['network', 'ls', '--quiet', ...filter]);
  if (networks.length > 0) await execa(docker, ['network', 'rm', ...networks]);
  return containers.length;
}

/** What was built for, or pulled from, the instance's registry: nothing can be pushed there or pulled any more. */
export async function removeImages(docker: string, registryHost: string): Promise<void> {
  const format = '{{.Repository}}\t{{.Tag}}\t{{.Digest}}';
  const images = await list(docker, ['images', '--digests', '--format', format]);
  const references = images
    .filter((line) => line.startsWith(`${registryHost}/`))
    .map((line) => {
      const [repository, tag, digest] = line.split('\t');
      return tag === '<none>' ? `${repository}@${digest}` : `${repository}:${tag}`;
    });
  // Another container may still run one of them: that one stays.
  if (references.length > 0) await execa(docker, ['rmi', ...new Set(references)], { reject: false });
}

async function list(docker: string, args: readonly string[]): Promise<string[]> {
  const { stdout } = await execa(docker, args);
  return stdout.split('\n').filter((line) => line !== '');
}
