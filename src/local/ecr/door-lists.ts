// What the front door lists: repositories, tags, and what refers to an image.
// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#content-discovery
import type { ServerResponse } from 'node:http';
import { DoorError } from './door-error.ts';
import { isDigest } from './manifest.ts';
import { referrersOf } from './referrers.ts';
import { sendJson } from './send-json.ts';
import type { EcrState, RepositoryRecord } from './state.ts';

const pageLimit = 1000;
const pageSize = 100;

export function sendCatalog(state: EcrState, query: URLSearchParams, response: ServerResponse): void {
  const page = pageOf(Object.keys(state.repositories), query);
  linkNext(response, '/v2/_catalog', page);
  sendJson(response, { repositories: page.items });
}

export function sendTags(
  repository: RepositoryRecord,
  query: URLSearchParams,
  response: ServerResponse,
): void {
  const page = pageOf(Object.keys(repository.tags), query);
  linkNext(response, `/v2/${repository.name}/tags/list`, page);
  sendJson(response, { name: repository.name, tags: page.items });
}

/** OCI 1.1 referrers, which the registry behind us is too old for. Of an image that is not there: none. */
export function sendReferrers(
  repository: RepositoryRecord,
  digest: string,
  query: URLSearchParams,
  response: ServerResponse,
): void {
  if (!isDigest(digest)) throw new DoorError(400, 'DIGEST_INVALID', `'${digest}' is not a sha256 digest`);
  const wanted = query.get('artifactType');
  if (wanted !== null) response.setHeader('oci-filters-applied', 'artifactType');
  const manifests = referrersOf(repository, digest)
    .filter((image) => wanted === null || image.artifactMediaType === wanted)
    .map((image) => ({
      mediaType: image.mediaType,
      digest: image.digest,
      size: image.manifestBytes,
      artifactType: image.artifactMediaType,
      annotations: image.annotations,
    }));
  sendJson(response, { schemaVersion: 2, mediaType: indexType, manifests }, indexType);
}

const indexType = 'application/vnd.oci.image.index.v1+json';

interface ListPage {
  readonly items: string[];
  readonly count: number;
  readonly more: boolean;
}

/**
 * ECR gives 100 without `n` (genuinetools/reg#206) and refuses more than 1000 at once
 * (renovatebot/renovate#3800, google/go-containerregistry#681).
 */
function pageOf(names: readonly string[], query: URLSearchParams): ListPage {
  const asked = query.get('n');
  const count = asked === null ? pageSize : Number(asked);
  if (!Number.isInteger(count) || count < 0 || count > pageLimit) {
    throw new DoorError(
      405,
      'UNSUPPORTED',
      `Invalid parameter at 'maxResults' failed to satisfy constraint: 'Member must have value less than or equal to ${pageLimit}'`,
    );
  }
  const last = query.get('last');
  const sorted = [...names].sort();
  const after = last === null ? sorted : sorted.filter((name) => name > last);
  return { items: after.slice(0, count), count, more: count > 0 && after.length > count };
}

function linkNext(response: ServerResponse, path: string, { items, count, more }: ListPage): void {
  if (!more) return;
  const query = new URLSearchParams({ n: String(count), last: items.at(-1) ?? '' });
  response.setHeader('link', `<${path}?${query}>; rel="next"`);
}
