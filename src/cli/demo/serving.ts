/**
 * Which commit each service runs, asked as the world would: through the load balancer.
 */
import type { Serving } from './outcome.ts';

/** `web` and `api` are addresses of the load balancer's listeners. */
export async function askWhatServes(web: string, api: string): Promise<Serving[]> {
  const [webHealth, apiHealth, fleet] = await Promise.all([
    ask(`${web}/health`),
    ask(`${api}/health`),
    // `{api, runnerd, runner}`: each service's commit, as the next one in the chain was told it.
    ask(`${web}/api/fleet`),
  ]);
  return [
    { service: 'web', commit: asCommit(webHealth.commit) },
    { service: 'api', commit: asCommit(apiHealth.commit) },
    { service: 'runnerd', commit: asCommit(fleet.runnerd) },
    { service: 'runner', commit: asCommit(fleet.runner) },
  ];
}

async function ask(url: string): Promise<Record<string, unknown>> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    return (await response.json()) as Record<string, unknown>;
  } catch {
    return {};
  }
}

const asCommit = (value: unknown): string => (typeof value === 'string' ? value : 'nothing');
