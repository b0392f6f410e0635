/**
 * Signs in a tool's output that the network, a registry or the disk was at fault, not what was asked for.
 */
const NETWORK =
  /\b(ECONNRESET|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|ENETUNREACH|EHOSTUNREACH)\b|temporary failure in name resolution|temporary failure resolving|could not resolve host|no such host|i\/o timeout|connection (timed out|refused|reset)|tls handshake timeout|read timed out|network is unreachable|unexpected (status|EOF).*\b(429|50[0234])\b|\b(429 too many requests|toomanyrequests|50[234] (bad gateway|service unavailable|gateway time-?out))|context deadline exceeded|net\/http: request canceled/i;
const DISK = /no space left on device|\bENOSPC\b|disk quota exceeded/i;

export type TransientReason = 'network' | 'disk';

export function transientReason(output: string): TransientReason | undefined {
  if (DISK.test(output)) return 'disk';
  return NETWORK.test(output) ? 'network' : undefined;
}

export const TRANSIENT_ADVICE: Readonly<Record<TransientReason, string>> = {
  network: 'a registry or the network did not answer; the step is tried again',
  disk: "free space on this worker's disk (docker system df, docker buildx prune); the step is tried again",
};
