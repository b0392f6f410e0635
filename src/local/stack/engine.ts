/** What the stack asks of the Docker engine by its CLI: whether it answers, and to forget an instance's images. */
import { execa } from 'execa';
import { MissingToolError } from '../../errors.ts';

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
