/** The page of a release in Temporal's UI, whose address `slipway local env` sets. */
import type { FoundRelease, ReleaseClient } from '../client/index.ts';
import { oneLine } from './render/sanitize.ts';

export function releaseLink(
  { namespace }: Pick<ReleaseClient, 'namespace'>,
  { workflowId, runId }: FoundRelease,
  env: NodeJS.ProcessEnv,
): string | null {
  const ui = env.SLIPWAY_TEMPORAL_UI;
  if (!ui) return null;
  const path = [namespace, 'workflows', workflowId, runId, 'history'].map(encodeURIComponent).join('/');
  return `${oneLine(ui)}/namespaces/${path}`;
}
