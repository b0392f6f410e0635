/** A release's page in Temporal's UI. */
import type { FoundRelease, ReleaseClient } from '../../client/index.ts';
import { oneLine } from '../render/sanitize.ts';

/** SLIPWAY_TEMPORAL_UI (`slipway local env` sets it); of Temporal Cloud it is known. */
export function temporalLink(
  env: NodeJS.ProcessEnv,
  { address, namespace }: Pick<ReleaseClient, 'address' | 'namespace'>,
  { workflowId, runId }: FoundRelease,
): string | undefined {
  const ui = env.SLIPWAY_TEMPORAL_UI || (isCloud(address) ? 'https://cloud.temporal.io' : undefined);
  if (ui === undefined) return undefined;
  const path = [namespace, 'workflows', workflowId, runId, 'history'].map(encodeURIComponent).join('/');
  // A password of the page is for the browser of whoever has it, not for logs.
  const shown = oneLine(ui).replace(/^(\w+:\/\/)[^/?#]*@/, '$1');
  return `${shown.replace(/\/+$/, '')}/namespaces/${path}`;
}

/** `<namespace>.<account>.tmprl.cloud:7233`, or with an API key `<region>.<cloud>.api.temporal.io:7233`. */
const isCloud = (address: string): boolean => /\.(tmprl\.cloud|api\.temporal\.io)(:\d+)?$/.test(address);
