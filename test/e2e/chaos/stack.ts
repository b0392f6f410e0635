/**
 * The stack under disturbance: everything that `slipway local up` starts, two services of one image behind and beside
 * a load balancer, a repository whose steps can be held open by a file, and the fault proxy before AWS.
 */
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  CreateServiceCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import { connect, findRelease, type ReleaseClient } from '../../../src/client/index.ts';
import { describeRelease } from '../../../src/client/watch-release.ts';
import { freePorts } from '../../../src/local/stack/ports.ts';
import { deployWorkflowId } from '../../../src/release/names.ts';
import type { ReleaseReport } from '../../../src/release/verdict.ts';
import { ensureBuilt, slipway } from '../built-cli.ts';
import { type AwsEnvironment, commitProgram, makeInfrastructure, makeRepository } from '../one-service.ts';
import { FaultProxy } from './fault-proxy.ts';

export type Part = 'control' | 'deploy' | 'checks' | 'build-arm64' | 'build-amd64' | 'temporal' | 'aws';
/** Steps that wait as long as their gate's file is there. */
export type Gate = 'source' | 'check';

export interface Ended {
  readonly exitCode: number | undefined;
  readonly report: ReleaseReport | undefined;
  readonly output: string;
  readonly endedAtMs: number;
}

const CLUSTER = 'hello';
const LONGEST_RELEASE_MS = 180_000;
const REDIRECT = fileURLToPath(new URL('redirect-workers.js', import.meta.url));

export class Stack {
  readonly cluster = CLUSTER;
  readonly services = ['hello', 'side'];
  folder = '';
  /** The repository. */
  app = '';
  url = '';
  instance = '';
  aws: AwsEnvironment = { endpoint: '', region: '', credentials: { accessKeyId: '', secretAccessKey: '' } };
  ecs = new ECSClient({});
  proxy = new FaultProxy('http://127.0.0.1:1');
  #env: Record<string, string> = {};
  #proxyUrl = '';
  /** Workflow id of the release that was started last. */
  #current = '';
  #client: ReleaseClient | undefined;

  async start(): Promise<void> {
    await ensureBuilt();
    this.folder = await mkdtemp(join(tmpdir(), 'slipway-chaos-'));
    this.app = join(this.folder, 'app');
    await makeRepository(this.app);
    await writeFile(join(this.app, 'slipway.yaml'), this.#configuration());
    await writeFile(join(this.app, 'Dockerfile'), DOCKERFILE);
    await this.#makeSsh();
    const [awsPort = 0, port = 0, proxyPort = 0] = await freePorts(3);
    this.proxy = new FaultProxy(`http://localhost:${awsPort}`);
    this.#proxyUrl = await this.proxy.listen(proxyPort);
    await this.up('--temporal-port', '0', '--ui-port', '0', '--aws-port', String(awsPort));
    await this.#readEnvironment();
    this.url = `http://127.0.0.1:${port}/`;
    await makeInfrastructure(this.aws, port);
    await this.#addSide();
    Object.assign(process.env, { TEMPORAL_ADDRESS: this.#env.TEMPORAL_ADDRESS });
    this.#client = await connect({ address: this.#env.TEMPORAL_ADDRESS });
  }

  async stop(): Promise<void> {
    await this.#client?.close();
    this.ecs.destroy();
    if (this.folder === '') return;
    await slipway(['local', 'down', '--wipe', ...this.#where()], { cwd: this.app });
    await this.proxy.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Starts what does not run, as whoever keeps these processes alive would. */
  async up(...more: readonly string[]): Promise<void> {
    const repository = ['--repository', `ssh://chaos${this.app}`, '--app', 'hello'];
    const result = await slipway(['local', 'up', ...this.#where(), ...repository, ...more], {
      cwd: this.app,
      env: {
        NODE_OPTIONS: `--import ${REDIRECT}`,
        CHAOS_PROXY: this.#proxyUrl,
        GIT_SSH_COMMAND: join(this.folder, 'bin/ssh'),
      },
    });
    if (result.exitCode !== 0) throw new Error(`local up: ${result.stderr}`);
  }

  /** The new commit's SHA. No two programs are alike, so nothing is built from a cache. */
  async commit(subject: string, broken = false): Promise<string> {
    return commitProgram(this.app, subject, (program) =>
      (broken
        ? program.replace('signal.signal(', 'raise SystemExit(7)\n    signal.signal(')
        : program
      ).concat(`# ${subject} ${randomUUID()}\n`),
    );
  }

  /** Until the release has ended, also where the CLI has left before (`exitCode` is that of the first call). */
  async deploy(sha: string): Promise<Ended> {
    const id = deployWorkflowId('hello', 'production', sha);
    this.#current = id;
    const watching = ['--output', 'json', '--timeout', '240'];
    const endAtMs = Date.now() + LONGEST_RELEASE_MS;
    let run = await slipway(['deploy', 'production', '--sha', sha, ...watching], this.#asUser());
    const { exitCode, stderr } = run;
    while (!run.stdout.startsWith('{') && Date.now() < endAtMs) {
      await delay(1_000);
      run = await slipway(['watch', id, ...watching], this.#asUser());
    }
    return {
      exitCode,
      report: run.stdout.startsWith('{') ? (JSON.parse(run.stdout) as ReleaseReport) : undefined,
      output: stderr,
      endedAtMs: Date.now(),
    };
  }

  #asUser() {
    return { cwd: this.app, env: this.#env };
  }

  async pidOf(part: Part): Promise<number> {
    return (await this.processes()).find(({ name }) => name === part)?.pid ?? 0;
  }

  async processes(): Promise<readonly { readonly name: string; readonly pid: number }[]> {
    return (await this.#written()).processes;
  }

  /** SIGKILL to the one process; its children are nobody's business but its own. */
  async kill(...parts: readonly Part[]): Promise<void> {
    for (const part of parts) {
      const pid = await this.pidOf(part);
      if (pid === 0) throw new Error(`${part} does not run`);
      process.kill(pid, 'SIGKILL');
    }
  }

  gateFile(gate: Gate): string {
    return join(this.folder, 'gates', gate);
  }

  /** What workers have in hand now: the activity's type, and the worker's process. */
  async inHand(): Promise<readonly { readonly type: string; readonly pid: number }[]> {
    if (!this.#client) return [];
    try {
      // Not by a list, which lags behind.
      const release = await findRelease(this.#client, this.#current);
      const { pending, running } = await describeRelease(this.#client, release);
      if (!running) return [];
      // A worker's identity is `<pid>@<host>`; none while the activity waits for one.
      return pending.flatMap(({ type, worker }) =>
        worker === '' ? [] : [{ type, pid: Number(worker.split('@')[0]) }],
      );
    } catch {
      return [];
    }
  }

  /** SIGKILL to the one process that has such an activity in hand. */
  async killWorkerOf(type: string): Promise<void> {
    const parts = await this.processes();
    let pid = 0;
    await until(`a worker with ${type} in hand`, async () => {
      pid = (await this.inHand()).find((one) => one.type === type)?.pid ?? 0;
      return parts.some((part) => part.pid === pid);
    });
    process.kill(pid, 'SIGKILL');
  }

  /** The most often that one activity of the type was tried in the newest release of the commit. */
  async triesOf(type: string, sha: string): Promise<number> {
    const handle = this.#client?.temporal.workflow.getHandle(deployWorkflowId('hello', 'production', sha));
    const events = (await handle?.fetchHistory())?.events ?? [];
    const ofType = new Set(
      events
        .filter(({ activityTaskScheduledEventAttributes: at }) => at?.activityType?.name === type)
        .map(({ eventId }) => String(eventId)),
    );
    const tries = events.flatMap(({ activityTaskStartedEventAttributes: at }) =>
      ofType.has(String(at?.scheduledEventId)) ? [at?.attempt ?? 0] : [],
    );
    return Math.max(0, ...tries);
  }

  async #written(): Promise<{ id: string; processes: { name: string; pid: number }[] }> {
    const text = await readFile(join(this.folder, 'local/instance.json'), 'utf8');
    return (JSON.parse(text) as { state: { id: string; processes: { name: string; pid: number }[] } }).state;
  }

  #where(): string[] {
    return ['--folder', join(this.folder, 'local')];
  }

  async #readEnvironment(): Promise<void> {
    const { stdout } = await slipway(['local', 'env', ...this.#where()], { cwd: this.app });
    this.#env = Object.fromEntries(
      [...stdout.matchAll(/^export (\w+)=(.*)$/gm)].map(([, key, value]) => [key, value]),
    );
    const {
      AWS_ENDPOINT_URL = '',
      AWS_REGION = '',
      AWS_ACCESS_KEY_ID = '',
      AWS_SECRET_ACCESS_KEY = '',
    } = this.#env;
    this.aws = {
      endpoint: AWS_ENDPOINT_URL,
      region: AWS_REGION,
      credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY },
    };
    this.ecs = new ECSClient(this.aws);
    this.instance = (await this.#written()).id;
  }

  /** git's way to the repository, with a gate on it. */
  async #makeSsh(): Promise<void> {
    await mkdir(join(this.folder, 'bin'), { recursive: true });
    await mkdir(join(this.folder, 'gates'), { recursive: true });
    const script = join(this.folder, 'bin/ssh');
    await writeFile(
      script,
      `#!/bin/sh\n${waitAt(this.gateFile('source'))}\nfor last; do :; done\nexec sh -c "$last"\n`,
    );
    await chmod(script, 0o755);
  }

  #configuration(): string {
    return `app: hello
checks:
  compiles:
    run: |
      ${waitAt(this.gateFile('check'))}
      python3 -m py_compile hello.py
images:
  hello: { repository: hello }
services:
  hello: { image: hello, health: { path: /, commit: commit, interval: 1s } }
  side: { image: hello }
environments:
  production: { cluster: ${CLUSTER}, timing: { poll: 1s } }
`;
  }

  /** A second service without a load balancer. */
  async #addSide(): Promise<void> {
    const { taskDefinition } = await this.ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: 'hello' }),
    );
    const registered = await this.ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'side',
        requiresCompatibilities: ['FARGATE'],
        networkMode: 'awsvpc',
        cpu: '256',
        memory: '512',
        executionRoleArn: taskDefinition?.executionRoleArn,
        containerDefinitions: taskDefinition?.containerDefinitions,
      }),
    );
    await this.ecs.send(
      new CreateServiceCommand({
        cluster: CLUSTER,
        serviceName: 'side',
        taskDefinition: registered.taskDefinition?.taskDefinitionArn,
        desiredCount: 1,
        launchType: 'FARGATE',
        networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
      }),
    );
  }
}

/** `<gate>.reached` says that somebody stands there. */
const waitAt = (gate: string): string =>
  `[ ! -e ${gate} ] || echo > ${gate}.reached; while [ -e ${gate} ]; do sleep 0.1; done`;

const DOCKERFILE = `FROM python:3.11-slim
COPY hello.py .
RUN sleep 3
CMD ["python", "hello.py"]
ARG COMMIT_SHA=unknown
ENV COMMIT_SHA=$COMMIT_SHA
`;

/** @throws Error after a minute */
export async function until(what: string, holds: () => Promise<boolean>, longestMs = 60_000): Promise<void> {
  const endAtMs = Date.now() + longestMs;
  while (!(await holds())) {
    if (Date.now() > endAtMs) throw new Error(`${what}: did not come about`);
    await delay(50);
  }
}
