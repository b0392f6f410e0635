/**
 * One whole local stack for all three: the same ECS at the same pace, a cluster for each cell of the table, and a
 * repository whose commits are the situations.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import {
  type ContainerDefinition,
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteServiceCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
} from '@aws-sdk/client-ecs';
import { execa } from 'execa';
import { ensureBuilt, slipway } from '../../e2e/built-cli.ts';
import type { AwsEnvironment } from '../../e2e/one-service.ts';
import { pushImage } from '../../e2e/tiny-images.ts';
import { type Contestant, commandOf, idOf, type Program, type Situation } from './situations.ts';

/** A cell of the table: a service of one task, alone in its cluster. */
export interface Cell {
  readonly contestant: Contestant;
  readonly situation: Situation;
  readonly cluster: string;
  readonly family: string;
}

export const SERVICE = 'app';
const NOWHERE = '127.0.0.1:9/nowhere:gone';
const HERE = process.arch === 'arm64' ? 'ARM64' : 'X86_64';
const ELSEWHERE = HERE === 'ARM64' ? 'amd64' : 'arm64';

export const cellOf = (contestant: Contestant, situation: Situation): Cell => {
  const id = idOf(situation);
  return { contestant, situation, cluster: `${contestant}-${id}`, family: `${contestant}-${id}` };
};

/** Crashes come before the grace ends, and a breaker trips within seconds. */
const QUICK = { healthyGrace: '1500ms', restartBase: '100ms', restartMaximum: '500ms' };
/** For ten minutes of crash loops. */
const LASTING = { healthyGrace: '1500ms' };

export class World {
  folder = '';
  repository = '';
  instance = '';
  aws: AwsEnvironment = { endpoint: '', region: '', credentials: { accessKeyId: '', secretAccessKey: '' } };
  ecs = new ECSClient({});
  /** For Slipway's CLI. */
  cliEnv: Readonly<Record<string, string>> = {};
  /** For clients that get nothing but this. */
  clientEnv: Readonly<Record<string, string>> = {};
  #foreignImage = '';
  readonly #commits = new Map<string, Promise<string>>();
  #lastCommit: Promise<unknown> = Promise.resolve();

  async start(situations: readonly Situation[], whole: boolean): Promise<void> {
    await ensureBuilt();
    this.folder = await mkdtemp(join(tmpdir(), 'slipway-truth-'));
    this.repository = join(this.folder, 'app');
    await this.#makeRepository(situations);
    const settings = join(this.folder, 'aws.yaml');
    await writeFile(settings, JSON.stringify({ durations: whole ? LASTING : QUICK }));
    const ports = ['--temporal-port', '0', '--ui-port', '0', '--aws-port', '0'];
    const up = await slipway(['local', 'up', ...this.#where(), ...ports, '--aws-settings', settings], {
      cwd: this.repository,
    });
    if (up.exitCode !== 0) throw new Error(up.stderr);
    await this.#readEnvironment();
    await new ECRClient(this.aws).send(new CreateRepositoryCommand({ repositoryName: 'truth' }));
  }

  async stop(): Promise<void> {
    this.ecs.destroy();
    if (this.folder === '') return;
    await slipway(['local', 'down', '--wipe', ...this.#where()], { cwd: this.repository });
    await rm(this.folder, { recursive: true, force: true });
  }

  /** As infrastructure code leaves it: running `base`, unless nothing ever ran there. */
  async makeService(cell: Cell): Promise<void> {
    const { breaker, desired = 1, first } = cell.situation;
    await this.ecs.send(new CreateClusterCommand({ clusterName: cell.cluster }));
    await this.ecs.send(
      new CreateServiceCommand({
        cluster: cell.cluster,
        serviceName: SERVICE,
        taskDefinition: await this.register(this.#bodyOf(cell, 'base', first ? NOWHERE : undefined, false)),
        desiredCount: desired,
        deploymentConfiguration: {
          deploymentCircuitBreaker: { enable: breaker !== 'off', rollback: breaker === 'rollback' },
        },
      }),
    );
  }

  async deleteService({ cluster }: Cell): Promise<void> {
    await this.ecs.send(new DeleteServiceCommand({ cluster, service: SERVICE, force: true }));
  }

  async register(body: RegisterTaskDefinitionCommandInput): Promise<string> {
    const { taskDefinition } = await this.ecs.send(new RegisterTaskDefinitionCommand(body));
    return taskDefinition?.taskDefinitionArn ?? '';
  }

  /** What the cell deploys, as the input of RegisterTaskDefinition. */
  wanted(cell: Cell): RegisterTaskDefinitionCommandInput {
    const { program, wrongArchitecture } = cell.situation;
    return this.#bodyOf(cell, program, wrongArchitecture ? this.#foreignImage : undefined, true);
  }

  foreign(cell: Cell): RegisterTaskDefinitionCommandInput {
    return this.#bodyOf(cell, 'foreign', undefined, false);
  }

  get imageOfOtherArchitecture(): string {
    return this.#foreignImage;
  }

  /** The situation as a commit. Each is made once: breakers share it. */
  commit(cell: Cell): Promise<string> {
    const { name } = cell.situation;
    const made = this.#commits.get(name) ?? this.#inTurn(() => this.#makeCommit(cell));
    this.#commits.set(name, made);
    return made;
  }

  #bodyOf(
    { family, situation }: Cell,
    program: Program,
    image = 'busybox:stable',
    wanted = false,
  ): RegisterTaskDefinitionCommandInput {
    const { checked, missingSecret, unpullable } = situation;
    const container: ContainerDefinition = {
      name: 'app',
      image,
      command: commandOf(program),
      memory: 32,
      stopTimeout: 2,
      ...(checked && {
        healthCheck: {
          command: ['CMD-SHELL', 'test -f /tmp/ok'],
          interval: 5,
          retries: program === 'slow' ? 10 : 1,
        },
      }),
      ...(wanted &&
        missingSecret && {
          secrets: [{ name: 'PASSWORD', valueFrom: 'nowhere' }],
        }),
    };
    const beside: ContainerDefinition = {
      name: 'beside',
      image: wanted ? NOWHERE : 'busybox:stable',
      command: commandOf('base'),
      memory: 32,
      stopTimeout: 2,
    };
    return {
      family,
      runtimePlatform: { cpuArchitecture: HERE, operatingSystemFamily: 'LINUX' },
      containerDefinitions: unpullable ? [container, beside] : [container],
    };
  }

  async #makeRepository(situations: readonly Situation[]): Promise<void> {
    await mkdir(this.repository, { recursive: true });
    await this.#git('init', '--quiet', '--initial-branch', 'main');
    await writeFile(join(this.repository, 'Dockerfile'), DOCKERFILE);
    await this.#writeConfiguration(situations);
    this.#situations = situations;
  }

  #situations: readonly Situation[] = [];

  async #writeConfiguration(situations: readonly Situation[], of?: Situation): Promise<void> {
    const environments = situations.map((situation) => [
      idOf(situation),
      { cluster: `slipway-${idOf(situation)}`, timing: { poll: '1s', stall: '60s' } },
    ]);
    await writeFile(
      join(this.repository, 'slipway.yaml'),
      JSON.stringify({
        app: 'truth',
        images: {
          app: { repository: 'truth', ...(of?.wrongArchitecture && { architecture: ELSEWHERE }) },
        },
        services: { [SERVICE]: { containers: { app: 'app' }, taskDefinition: 'task-definition.json' } },
        environments: Object.fromEntries(environments),
      }),
    );
  }

  async #makeCommit(cell: Cell): Promise<string> {
    const { family: _family, ...body } = this.#bodyOf(cell, cell.situation.program, undefined, true);
    await this.#writeConfiguration(this.#situations, cell.situation);
    const text = JSON.stringify({ family: 'slipway', ...body }, null, 2);
    await writeFile(join(this.repository, 'task-definition.json'), text);
    await this.#git('add', '--all');
    await this.#git('commit', '--quiet', '--allow-empty', '--message', cell.situation.name);
    return (await this.#git('rev-parse', 'HEAD')).stdout;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#lastCommit.then(work);
    this.#lastCommit = mine.catch(() => undefined);
    return mine;
  }

  #git(...args: readonly string[]) {
    const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
    return execa('git', [...who, '-C', this.repository, ...args]);
  }

  #where(): string[] {
    return ['--folder', join(this.folder, 'local')];
  }

  async #readEnvironment(): Promise<void> {
    const { stdout } = await slipway(['local', 'env', ...this.#where()], { cwd: this.repository });
    const env = Object.fromEntries(
      [...stdout.matchAll(/^export (\w+)=(.*)$/gm)].map(([, key, value]) => [key, value]),
    );
    this.cliEnv = env;
    this.aws = {
      endpoint: env.AWS_ENDPOINT_URL,
      region: env.AWS_REGION,
      credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY },
    };
    this.ecs = new ECSClient(this.aws);
    const home = join(this.folder, 'home');
    await mkdir(home);
    this.clientEnv = {
      ...Object.fromEntries(Object.entries<string>(env).filter(([name]) => name.startsWith('AWS_'))),
      HOME: home,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_PAGER: '',
      NO_PROXY: 'localhost,127.0.0.1',
      LC_ALL: 'C.UTF-8',
    };
    const text = await readFile(join(this.folder, 'local/instance.json'), 'utf8');
    const { state } = JSON.parse(text) as { state: { id: string; ports: { registry: number } } };
    this.instance = state.id;
    this.#foreignImage = await pushImage(
      `http://127.0.0.1:${state.ports.registry}`,
      'elsewhere',
      '1',
      ELSEWHERE,
    );
  }
}

const DOCKERFILE = `FROM busybox:stable
ARG COMMIT_SHA=unknown
ENV COMMIT_SHA=$COMMIT_SHA
`;
