/** Deploy: the only role that reads and changes ECS and moves `latest`. Never runs repository code. */
import { setTimeout } from 'node:timers/promises';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECRClient } from '@aws-sdk/client-ecr';
import { ECSClient } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import { sleep } from '@temporalio/activity';
import { createDeployActivities } from '../activities/deploy.ts';
import { createReadServiceLog } from '../activities/read-service-log.ts';
import { recordsIn } from '../activities/release-records.ts';
import { turnsIn } from '../activities/turns.ts';
import { createAlarms } from '../aws/alarms.ts';
import { createContainerLogs } from '../aws/container-logs.ts';
import { createEcr, type Ecr } from '../aws/ecr.ts';
import { createEcs } from '../aws/ecs.ts';
import { createImageCopies } from '../aws/image-copies.ts';
import { createImageRegistry } from '../aws/image-registry.ts';
import { createLoadBalancers } from '../aws/load-balancers.ts';
import { createReaderOf } from '../aws/log-reader.ts';
import { createLogSearch } from '../aws/log-search.ts';
import { createLoggedTasks } from '../aws/logged-tasks.ts';
import { createOneOffTasks } from '../aws/one-off-task.ts';
import { createRevisions } from '../aws/revisions.ts';
import { createSecretReferences } from '../aws/secrets.ts';
import { deployQueue } from '../release/names.ts';
import { createFolderStore } from '../store/folder-store.ts';
import { AWS_CLIENT } from './aws-client.ts';
import type { WorkerOptions } from './options.ts';
import type { PreparedRole } from './roles.ts';

export const prepareDeploy = async (options: WorkerOptions): Promise<PreparedRole> => {
  const store = createFolderStore(options.storeFolder);
  const ecsClient = new ECSClient(AWS_CLIENT);
  const ecs = createEcs(ecsClient);
  const logsIn = (region: string | undefined): CloudWatchLogsClient =>
    new CloudWatchLogsClient({ ...AWS_CLIENT, ...(region && { region }) });
  const ecrIn = (region: string | undefined): Ecr =>
    createEcr(new ECRClient({ ...AWS_CLIENT, ...(region && { region }) }));
  const secrets = ownSecrets();
  const taskQueue = deployQueue(options.deployQueue);
  return {
    line: options.deployQueue === undefined ? 'deploy' : `deploy (queue ${taskQueue})`,
    queues: [
      {
        taskQueue,
        activities: {
          readServiceLog: createReadServiceLog({
            records: recordsIn(store),
            taskQueue,
            tasks: createLoggedTasks(ecsClient),
            readerOf: createReaderOf(logsIn, secrets),
            now: Date.now,
          }),
          ...createDeployActivities({
            ecs,
            revisions: createRevisions(ecsClient),
            registry: createImageRegistry(ecrIn(undefined)),
            copies: createImageCopies((region) => ecrIn(region).login()),
            loadBalancers: createLoadBalancers(new ElasticLoadBalancingV2Client(AWS_CLIENT)),
            logs: createContainerLogs({ ecs, logsIn, sleep, secrets }),
            oneOffTasks: createOneOffTasks(ecsClient),
            alarms: createAlarms(new CloudWatchClient(AWS_CLIENT)),
            logSearch: createLogSearch({ logsIn, secrets }),
            secrets: createSecretReferences({
              secretsIn: (region) => new SecretsManagerClient({ ...AWS_CLIENT, ...(region && { region }) }),
              parametersIn: (region) => new SSMClient({ ...AWS_CLIENT, ...(region && { region }) }),
            }),
            turns: turnsIn(store),
            records: recordsIn(store),
            texts: { readText: (hash) => store.getText(hash) },
            now: Date.now,
            sleep,
            sleepOn: (durationMs) => setTimeout(durationMs),
          }),
        },
      },
    ],
  };
};

/** An application may print what it was given by mistake: this worker's own keys are never shown. */
const ownSecrets = (): readonly string[] =>
  ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'].flatMap((name) => process.env[name] ?? []);
