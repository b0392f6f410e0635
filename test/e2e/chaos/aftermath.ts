/**
 * What a release has left, read from ECS, the engine, the process table and the service itself, without asking Slipway.
 */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ListServiceDeploymentsCommand,
  ListTasksCommand,
} from '@aws-sdk/client-ecs';
import Docker from 'dockerode';
import type { Stack } from './stack.ts';

export interface Before {
  readonly atMs: number;
  /** Family → its newest revision. */
  readonly revisions: Readonly<Record<string, number>>;
  /** Service → its task definition. */
  readonly serving: Readonly<Record<string, string>>;
  readonly commit: string;
}

export interface Expected {
  readonly sha: string;
  readonly end: 'succeeded' | 'rolled-back';
}

const SETTLED_MS = 20_000;

export async function lookBefore(stack: Stack): Promise<Before> {
  const revisions: Record<string, number> = {};
  const serving: Record<string, string> = {};
  for (const service of stack.services) {
    revisions[service] = await newestRevision(stack, service);
    serving[service] = (await describe(stack, service)).taskDefinition ?? '';
  }
  return { atMs: Date.now(), revisions, serving, commit: await servedCommit(stack.url) };
}

/** One sentence for each thing that is not as without a fault. */
export async function lookAfter(
  stack: Stack,
  before: Before,
  expected: Expected,
): Promise<readonly string[]> {
  const problems: string[] = [];
  const good = expected.end === 'succeeded';
  for (const service of stack.services) {
    const made = (await newestRevision(stack, service)) - (before.revisions[service] ?? 0);
    if (made !== 1) problems.push(`${service}: ${made} new revisions, not 1`);
    const statuses = await deploymentsSince(stack, service, before.atMs);
    const wanted = good ? 1 : 2;
    if (statuses.length !== wanted)
      problems.push(
        `${service}: ${statuses.length} service deployments (${statuses.join(', ')}), not ${wanted}`,
      );
    if (statuses[0] !== 'SUCCESSFUL') problems.push(`${service}: its last deployment is ${statuses[0]}`);
    const now = await describe(stack, service);
    const states = now.deployments?.map(({ rolloutState }) => rolloutState).join();
    if (states !== 'COMPLETED') problems.push(`${service}: deployments are ${states}`);
    const moved = now.taskDefinition !== before.serving[service];
    if (moved !== good) problems.push(`${service}: is ${moved ? '' : 'not '}on another task definition`);
    problems.push(...(await wrongDigests(stack, service, now.taskDefinition ?? '')));
  }
  const commit = await servedCommit(stack.url);
  const wanted = good ? expected.sha : before.commit;
  if (commit !== wanted) problems.push(`the service says ${commit}, not ${wanted}`);
  for (const leftovers of [strayContainers, strayProcesses])
    problems.push(...(await settled(leftovers, stack)));
  return problems;
}

async function describe(stack: Stack, service: string) {
  const { services } = await stack.ecs.send(
    new DescribeServicesCommand({ cluster: stack.cluster, services: [service] }),
  );
  return services?.[0] ?? {};
}

async function newestRevision(stack: Stack, family: string): Promise<number> {
  const { taskDefinition } = await stack.ecs.send(
    new DescribeTaskDefinitionCommand({ taskDefinition: family }),
  );
  return taskDefinition?.revision ?? 0;
}

/** Newest first. */
async function deploymentsSince(stack: Stack, service: string, atMs: number): Promise<readonly string[]> {
  const { serviceDeployments } = await stack.ecs.send(
    new ListServiceDeploymentsCommand({ cluster: stack.cluster, service }),
  );
  return (serviceDeployments ?? [])
    .filter(({ createdAt }) => (createdAt?.getTime() ?? 0) >= atMs)
    .map(({ status }) => status ?? '?');
}

async function servedCommit(url: string): Promise<string> {
  const answer = await fetch(url, { headers: { connection: 'close' } });
  return ((await answer.json()) as { commit: string }).commit;
}

/** What runs, against the image that the service's task definition names by digest. */
async function wrongDigests(stack: Stack, service: string, arn: string): Promise<readonly string[]> {
  const { taskDefinition } = await stack.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: arn }));
  const image = taskDefinition?.containerDefinitions?.[0]?.image ?? '';
  if (!image.includes('@sha256:')) return [`${service}: ${arn} names no digest`];
  const docker = new Docker();
  const label = [`slipway.local.instance=${stack.instance}`, `slipway.local.service=${service}`];
  const running = (await docker.listContainers({ filters: { label, status: ['running'] } })).filter(
    ({ Labels }) => Labels['slipway.local.role'] !== 'network',
  );
  if (running.length === 0) return [`${service}: no container runs`];
  const digest = image.slice(image.indexOf('@') + 1);
  const wrong: string[] = [];
  for (const { ImageID } of running) {
    const { RepoDigests } = await docker.getImage(ImageID).inspect();
    if (!RepoDigests.some((name) => name.endsWith(digest))) wrong.push(`${service}: runs ${RepoDigests}`);
  }
  return wrong;
}

/** Containers of tasks that ECS does not know as running. */
async function strayContainers(stack: Stack): Promise<readonly string[]> {
  const tasks = new Set<string>();
  for (const desiredStatus of ['RUNNING', 'STOPPED'] as const) {
    const { taskArns } = await stack.ecs.send(
      new ListTasksCommand({ cluster: stack.cluster, desiredStatus }),
    );
    if (desiredStatus === 'RUNNING') for (const arn of taskArns ?? []) tasks.add(arn.split('/').at(-1) ?? '');
  }
  const filters = { label: [`slipway.local.instance=${stack.instance}`] };
  const all = await new Docker().listContainers({ all: true, filters });
  return all
    .filter(({ Labels }) => !tasks.has(Labels['slipway.local.task'] ?? ''))
    .map(({ Names, State }) => `container ${Names.join()} is left (${State})`);
}

/** Processes that work in the stack's folder or name it, and are none of its parts. */
async function strayProcesses(stack: Stack): Promise<readonly string[]> {
  const parts = new Set((await stack.processes()).map(({ pid }) => pid));
  const stray: string[] = [];
  for (const entry of await readdir('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || parts.has(pid) || pid === process.pid) continue;
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const folder = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    if (command === '' || !`${command}\n${folder}`.includes(stack.folder)) continue;
    stray.push(`process ${pid} is left: ${command.replaceAll('\0', ' ').slice(0, 120)}`);
  }
  return stray;
}

async function settled(
  look: (stack: Stack) => Promise<readonly string[]>,
  stack: Stack,
): Promise<readonly string[]> {
  const endAtMs = Date.now() + SETTLED_MS;
  for (;;) {
    const found = await look(stack);
    if (found.length === 0 || Date.now() > endAtMs) return found;
    await delay(500);
  }
}
