/** Where on GitHub an app's releases are told, if anywhere. */
import type { GitHubPlace } from '../release/github-status.ts';
import type { SourcePorts } from './source.ts';

/** @param environment of a release; absent: of checks */
export function gitHubPlaceOf(
  { gitHubRepositories: all = {} }: Pick<SourcePorts, 'gitHubRepositories'>,
  app: string,
  environment = '',
): GitHubPlace | undefined {
  const repository = Object.hasOwn(all, app) ? all[app] : undefined;
  if (repository === undefined) return undefined;
  const same = Object.values(all).filter((other) => other.toLowerCase() === repository.toLowerCase());
  return { repository, label: [same.length > 1 ? app : '', environment].filter(Boolean).join('/') };
}
