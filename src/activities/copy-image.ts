/** An image that another environment has verified, brought into this pool's own registry. */
import { Context } from '@temporalio/activity';
import type { DeployActivities } from './contracts/deploy.ts';
import type { DeployPorts } from './deploy-ports.ts';
import { withHeartbeat } from './heartbeat.ts';

export const createCopyImage =
  ({ copies }: Pick<DeployPorts, 'copies'>): DeployActivities['copyImage'] =>
  ({ image, ...input }) =>
    withHeartbeat(
      'copying',
      (heart) =>
        copies.copy({ ...input, signal: Context.current().cancellationSignal, onProgress: heart.line }),
      `copy:${image}`,
    );
