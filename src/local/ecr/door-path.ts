// Takes a registry URL apart: `/v2/<name>/<kind>/<reference>`, where the name may hold slashes itself.
// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#endpoints
export type DoorPath =
  | { readonly kind: 'base' }
  | { readonly kind: 'catalog' }
  | {
      readonly kind: 'manifest' | 'blob' | 'upload' | 'referrers';
      readonly name: string;
      readonly reference: string;
    }
  | { readonly kind: 'tags'; readonly name: string };

/** `path` without its query. Undefined for anything that no registry serves. */
export function parseDoorPath(path: string): DoorPath | undefined {
  if (path === '/v2' || path === '/v2/') return { kind: 'base' };
  if (path === '/v2/_catalog') return { kind: 'catalog' };
  // The upload form comes first: `blobs/uploads/` would also read as a blob called `uploads`.
  for (const [kind, pattern] of patterns) {
    const match = pattern.exec(path);
    if (match !== null) return { kind, name: match[1] ?? '', reference: match[2] ?? '' };
  }
  const tags = /^\/v2\/(.+)\/tags\/list$/.exec(path);
  return tags === null ? undefined : { kind: 'tags', name: tags[1] ?? '' };
}

const patterns = [
  ['upload', /^\/v2\/(.+)\/blobs\/uploads\/?([^/]*)$/],
  ['blob', /^\/v2\/(.+)\/blobs\/([^/]+)$/],
  ['manifest', /^\/v2\/(.+)\/manifests\/([^/]+)$/],
  ['referrers', /^\/v2\/(.+)\/referrers\/([^/]+)$/],
] as const;
