/** The plain one-service repository on a real local stack of its own: what tests of whole releases share. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ContainerDefinition,
  type Deployment,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
  waitUntilServicesStable,
} from '@aws-sdk/client-ecs';
import { freePorts } from '../../src/local/stack/ports.ts';
import { ensureBuilt, slipway } from './built-cli.ts';
import { type AwsEnvironment, makeInfrastructure, makeRepository } from './one-service.ts';

export interface OneServiceStack {
  /** The repository; the stack's own folder lies in it. */
  readonly folder: string;
  /** As `slipway local env` gives it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly aws: AwsEnvironment;
  /** Of the load balancer's listener. */
  readonly url: string;
  slipway(...args: readonly string[]): ReturnType<typeof slipway>;
  /** What the service answers through the load balancer. */
  servedCommit(): Promise<string>;
  deployments(): Promise<readonly Deployment[]>;
  /** Somebody else gives the service another task definition; returns its ARN when that is everywhere. */
  changeByHand(edit: (container: ContainerDefinition) => ContainerDefinition): Promise<string>;
  remove(): Promise<void>;
}

/** @param prepare makes the first commit, before the stack's workers look at the repository. */
export const startOneServiceStack = async (
  prepare: (folder: string) => Promise<unknown>,
): Promise<OneServiceStack> => {
  await ensureBuilt();
  const folder = await mkdtemp(join(tmpdir(), 'slipway-release-'));
  const remove = async (): Promise<void> => {
    await slipway(['local', 'down', '--wipe'], { cwd: folder });
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return await start(folder, prepare, remove);
  } catch (error) {
    // Half a stack has nobody else to stop it.
    await remove();
    throw error;
  }
};

/** @param exports of `slipway local env` */
export const environmentOf = (exports: string): Pick<OneServiceStack, 'environment' | 'aws'> => {
  const environment = Object.fromEntries(
    [...exports.matchAll(/^export (\w+)=(.*)$/gm)].map(([, key, value]) => [key, value]),
  ) as Readonly<Record<string, string>>;
  const aws = {
    endpoint: environment.AWS_ENDPOINT_URL ?? '',
    region: environment.AWS_REGION ?? '',
    credentials: {
      accessKeyId: environment.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? '',
    },
  };
  return { environment, aws };
};

const start = async (
  folder: string,
  prepare: (folder: string) => Promise<unknown>,
  remove: () => Promise<void>,
): Promise<OneServiceStack> => {
  await makeRepository(folder);
  await prepare(folder);
  const ports = ['--temporal-port', '0', '--ui-port', '0', '--aws-port', '0'];
  const up = await slipway(['local', 'up', ...ports], { cwd: folder });
  if (up.exitCode !== 0) throw new Error(up.stderr);
  const { stdout } = await slipway(['local', 'env'], { cwd: folder });
  const { environment, aws } = environmentOf(stdout);
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}/`;
  await makeInfrastructure(aws, port);
  const ecs = new ECSClient(aws);
  return {
    folder,
    environment,
    aws,
    url,
    slipway: (...args) => slipway([...args], { cwd: folder, env: environment }),
    async servedCommit() {
      const answer = await fetch(url);
      return ((await answer.json()) as { commit: string }).commit;
    },
    async deployments() {
      const command = new DescribeServicesCommand({ cluster: 'hello', services: ['hello'] });
      return (await ecs.send(command)).services?.[0]?.deployments ?? [];
    },
    changeByHand: (edit) => changeByHand(ecs, edit),
    remove,
  };
};

const changeByHand = async (
  ecs: ECSClient,
  edit: (container: ContainerDefinition) => ContainerDefinition,
): Promise<string> => {
  const where = { cluster: 'hello', services: ['hello'] };
  const [service] = (await ecs.send(new DescribeServicesCommand(where))).services ?? [];
  const { taskDefinition: found } = await ecs.send(
    new DescribeTaskDefinitionCommand({ taskDefinition: service?.taskDefinition }),
  );
  if (!found) throw new Error('the service has no task definition');
  // What ECS has added of its own is not taken back by it.
  const { family, requiresCompatibilities, networkMode, cpu, memory, executionRoleArn } = found;
  const kept = { family, requiresCompatibilities, networkMode, cpu, memory, executionRoleArn };
  const containerDefinitions = found.containerDefinitions?.map(edit);
  const made = await ecs.send(new RegisterTaskDefinitionCommand({ ...kept, containerDefinitions }));
  const taskDefinition = made.taskDefinition?.taskDefinitionArn ?? '';
  await ecs.send(new UpdateServiceCommand({ cluster: 'hello', service: 'hello', taskDefinition }));
  await waitUntilServicesStable({ client: ecs, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, where);
  return taskDefinition;
};
