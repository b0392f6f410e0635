/**
 * Which release people mean: an environment stands for one of its releases, anything else is a workflow id.
 */
import { type FoundRelease, findRelease, type ReleaseClient } from '../../client/index.ts';
import { findAppName } from './app-name.ts';

export interface Wanted {
  /** Environment, or workflow id. */
  readonly name: string;
  readonly app: string | undefined;
  readonly cwd: string;
}

/**
 * Our workflow ids hold slashes, names of environments do not; an id that somebody else chose may be anything.
 * @param ofEnvironment which release an environment stands for
 * @throws ReleaseNotFoundError, that of the environment
 */
export async function findByName(
  client: ReleaseClient,
  { name, app, cwd }: Wanted,
  ofEnvironment: (
    client: ReleaseClient,
    app: string | undefined,
    environment: string,
  ) => Promise<FoundRelease>,
): Promise<FoundRelease> {
  if (name.includes('/')) return findRelease(client, name);
  try {
    return await ofEnvironment(client, app ?? (await findAppName(cwd)), name);
  } catch (error) {
    return findRelease(client, name).catch(() => Promise.reject(error));
  }
}
