// Uploads that we make into the real registry ourselves, for clients that send a layer through the JSON API.
// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-a-blob-in-chunks
export interface UpstreamUploads {
  /** Each gives the address of the next step. Throws Error when the registry does not play along. */
  begin(repository: string): Promise<string>;
  append(address: string, bytes: Uint8Array): Promise<string>;
  /** False when the bytes do not have that digest. */
  finish(address: string, digest: string): Promise<boolean>;
}

/** `url`: as for createUpstream, without a slash at its end. */
export function createUpstreamUploads(url: string): UpstreamUploads {
  const step = async (address: string, method: string, body?: Uint8Array): Promise<Response> => {
    const response = await fetch(address, {
      method,
      ...(body && { body, headers: { 'content-type': 'application/octet-stream' } }),
      signal: AbortSignal.timeout(60_000),
    });
    await response.arrayBuffer();
    return response;
  };
  const next = (response: Response, what: string): string => {
    const location = response.headers.get('location');
    if (response.ok && location !== null) return new URL(location, url).href;
    throw new Error(`the registry answered ${response.status} when ${what}`);
  };
  return {
    begin: async (repository) =>
      next(await step(`${url}/v2/${repository}/blobs/uploads/`, 'POST'), 'an upload began'),
    append: async (address, bytes) => next(await step(address, 'PATCH', bytes), 'a part was sent'),
    async finish(address, digest) {
      const last = new URL(address);
      last.searchParams.set('digest', digest);
      const response = await step(last.href, 'PUT');
      if (response.status === 400) return false;
      next(response, 'an upload ended');
      return true;
    },
  };
}
