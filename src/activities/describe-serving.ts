/** What runs of services at the moment, in words: one look, for the report of a release that leaves them so. */
import { describeServing } from '../release/judging/serving.ts';
import type { DeployActivities } from './contracts/deploy.ts';
import type { DeployPorts } from './deploy-ports.ts';

export const createDescribeServing =
  ({ ecs }: Pick<DeployPorts, 'ecs'>): DeployActivities['describeServing'] =>
  async ({ cluster, services }) => {
    const views = await ecs.describeServices(cluster, services);
    return { services: services.map((service) => ({ service, now: describeServing(views.get(service)) })) };
  };
