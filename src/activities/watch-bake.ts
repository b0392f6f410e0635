/** Watches alarms, log patterns and the services themselves for the bake time. */
import type { DeployActivities } from './contract.ts';
import type { DeployPorts } from './deploy-ports.ts';

export const createWatchBake =
  (
    _ports: Pick<DeployPorts, 'ecs' | 'alarms' | 'logSearch' | 'logs' | 'now' | 'sleep'>,
  ): DeployActivities['watchBake'] =>
  async () => {
    throw new Error('not finished');
  };
