/** Deploy: the only role that reads and changes ECS and moves `latest`. Never runs repository code. */
import { ECRClient } from '@aws-sdk/client-ecr';
import { ECSClient } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { sleep } from '@temporalio/activity';
import { createDeployActivities } from '../activities/deploy.ts';
import { createEcr } from '../aws/ecr.ts';
import { createEcs } from '../aws/ecs.ts';
import { createImageRegistry } from '../aws/image-registry.ts';
import { createLoadBalancers } from '../aws/load-balancers.ts';
import { TASK_QUEUE } from '../release/names.ts';
import { createFolderStore } from '../store/folder-store.ts';
import { AWS_CLIENT } from './aws-client.ts';
import type { WorkerOptions } from './options.ts';
import type { PreparedRole } from './roles.ts';

export const prepareDeploy = async (options: WorkerOptions): Promise<PreparedRole> => {
  const store = createFolderStore(options.storeFolder);
  return {
    line: 'deploy',
    queues: [
      {
        taskQueue: TASK_QUEUE.deploy,
        activities: createDeployActivities({
          ecs: createEcs(new ECSClient(AWS_CLIENT)),
          registry: createImageRegistry(createEcr(new ECRClient(AWS_CLIENT))),
          loadBalancers: createLoadBalancers(new ElasticLoadBalancingV2Client(AWS_CLIENT)),
          texts: { readText: (hash) => store.getText(hash) },
          now: Date.now,
          sleep,
        }),
      },
    ],
  };
};
