// Measures the local AWS on a real engine: CPU at rest with 20 tasks, and the reaction to a container that dies.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  CreateClusterCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
} from '@aws-sdk/client-ecs';
import Docker from 'dockerode';

const TASKS = 20;
const DEATHS = 10;
const REST_MS = 30_000;
const PROMISED = { cpuPercent: 1, reactionMs: 250 };

const top = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-'));
const instance = `bench-${randomBytes(3).toString('hex')}`;
const filters = { label: [`slipway.local.instance=${instance}`] };
const docker = new Docker();
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const endpoint = spawn(
  process.execPath,
  [
    ...[join(top, 'bin/slipway.js'), 'local', 'aws-endpoint', '--folder', folder, '--port', '0'],
    ...['--registry-url', 'http://127.0.0.1:1', '--instance', instance],
    ...['--account-id', '000000000000', '--region', 'us-east-1'],
  ],
  {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, SLIPWAY_LOCAL_ACCESS_KEY_ID: 'local', SLIPWAY_LOCAL_SECRET_ACCESS_KEY: 'local' },
  },
);

try {
  const ecs = new ECSClient({
    endpoint: await ready(),
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  await startTasks(ecs);
  const cpuPercent = await cpuAtRest();
  const reactions = await reactionsToDeath(ecs);
  const slowestMs = Math.max(...reactions);
  console.log(
    `CPU at rest, ${TASKS} tasks: ${cpuPercent.toFixed(2)} % of a core (promised: ${PROMISED.cpuPercent} %)`,
  );
  console.log(
    `reaction to a death: ${median(reactions).toFixed(0)} ms in the middle, ${slowestMs.toFixed(0)} ms at worst of ${DEATHS} (promised: ${PROMISED.reactionMs} ms)`,
  );
  if (cpuPercent >= PROMISED.cpuPercent || slowestMs >= PROMISED.reactionMs) process.exitCode = 1;
} finally {
  endpoint.kill('SIGTERM');
  await removeAll();
  rmSync(folder, { recursive: true, force: true });
}

function ready() {
  return new Promise((resolve, reject) => {
    let seen = '';
    endpoint.stdout.on('data', (chunk) => {
      seen += chunk;
      const url = /slipway-ready: (\S+)\n/.exec(seen)?.[1];
      if (url) resolve(url);
    });
    endpoint.once('exit', () => reject(new Error('the endpoint ended at once')));
  });
}

async function startTasks(ecs) {
  await ecs.send(new CreateClusterCommand({}));
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: 'rest',
      containerDefinitions: [
        {
          name: 'main',
          image: 'busybox:stable',
          memory: 8,
          command: ['sleep', '3600'],
          stopTimeout: 2,
          logConfiguration: {
            logDriver: 'awslogs',
            options: {
              'awslogs-group': '/bench',
              'awslogs-create-group': 'true',
              'awslogs-stream-prefix': 'x',
            },
          },
        },
      ],
    }),
  );
  for (let made = 0; made < TASKS; made += 10) {
    await ecs.send(new RunTaskCommand({ taskDefinition: 'rest', count: Math.min(10, TASKS - made) }));
  }
  for (;;) {
    const tasks = await describe(ecs, (await ecs.send(new ListTasksCommand({}))).taskArns);
    if (tasks.length === TASKS && tasks.every(({ lastStatus }) => lastStatus === 'RUNNING')) return;
    await sleep(100);
  }
}

async function describe(ecs, tasks) {
  return tasks.length === 0 ? [] : (await ecs.send(new DescribeTasksCommand({ tasks }))).tasks;
}

/** Percent of one core, after a moment to settle. */
async function cpuAtRest() {
  await sleep(5000);
  const before = cpuMs();
  const startedAt = performance.now();
  await sleep(REST_MS);
  return ((cpuMs() - before) / (performance.now() - startedAt)) * 100;
}

/** CPU time of the endpoint so far. Where there is no /proc, ps knows it to the hundredth of a second. */
function cpuMs() {
  try {
    const fields = readFileSync(`/proc/${endpoint.pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    const [minutes, seconds] = execFileSync('ps', ['-o', 'cputime=', '-p', String(endpoint.pid)], {
      encoding: 'utf8',
    })
      .trim()
      .split(':')
      .slice(-2);
    return (Number(minutes) * 60 + Number(seconds)) * 1000;
  }
}

/** From the engine's own time of the death to the moment at which ECS began to stop the task. */
async function reactionsToDeath(ecs) {
  const containers = (await docker.listContainers({ filters })).slice(0, DEATHS);
  const reactions = [];
  for (const { Id, Labels } of containers) {
    const since = Math.floor(Date.now() / 1000);
    await docker.getContainer(Id).kill();
    await sleep(1000);
    const [task] = await describe(ecs, [Labels['com.amazonaws.ecs.task-arn']]);
    const events = await docker.getEvents({
      since,
      until: Math.ceil(Date.now() / 1000),
      filters: JSON.stringify({ container: [Id], event: ['die'] }),
    });
    let text = '';
    for await (const chunk of events) text += chunk;
    const diedAtMs = JSON.parse(text.split('\n')[0]).timeNano / 1e6;
    reactions.push((task.stoppingAt?.getTime() ?? Number.POSITIVE_INFINITY) - diedAtMs);
  }
  return reactions;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

async function removeAll() {
  for (const { Id } of await docker.listContainers({ all: true, filters })) {
    await docker.getContainer(Id).remove({ force: true, v: true });
  }
  for (const { Id } of await docker.listNetworks({ filters })) await docker.getNetwork(Id).remove();
}
