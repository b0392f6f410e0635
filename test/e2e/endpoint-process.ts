/**
 * The local AWS as a process of its own, to be killed with SIGKILL and started again over the same folder.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECSClient } from '@aws-sdk/client-ecs';
import Docker from 'dockerode';
import { removeInstance } from '../../src/local/docker/remove.ts';
import { ensureBuilt, TOP } from './built-cli.ts';

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

export class EndpointProcess {
  readonly instance = `test-${randomBytes(3).toString('hex')}`;
  readonly docker: Docker;
  readonly #env: Readonly<Record<string, string>>;
  #folder = '';
  #child: ChildProcess | undefined;
  #output = '';
  ecs = new ECSClient({});
  logs = new CloudWatchLogsClient({});

  /** `socketPath` of the engine, if it is not the default one. */
  constructor(socketPath?: string) {
    this.docker = new Docker();
    this.#env = socketPath === undefined ? {} : { DOCKER_HOST: `unix://${socketPath}` };
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get output(): string {
    return this.#output;
  }

  async start(durations: Readonly<Record<string, string>> = {}): Promise<void> {
    await ensureBuilt();
    this.#folder ||= await mkdtemp(join(tmpdir(), 'slipway-endpoint-'));
    const settings = join(this.#folder, 'settings.yaml');
    await writeFile(settings, JSON.stringify({ durations }));
    const child = spawn(
      process.execPath,
      [
        ...[join(TOP, 'bin/slipway.js'), 'local', 'aws-endpoint', '--folder', this.#folder, '--port', '0'],
        // No image here comes from our registry.
        ...['--registry-url', 'http://127.0.0.1:1', '--instance', this.instance],
        ...['--account-id', '000000000000', '--region', 'us-east-1', '--settings', settings],
      ],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...process.env,
          ...this.#env,
          SLIPWAY_LOCAL_ACCESS_KEY_ID: credentials.accessKeyId,
          SLIPWAY_LOCAL_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        },
      },
    );
    this.#child = child;
    this.#use(await this.#ready(child));
  }

  /** As `kill -9`. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** Ends it, and takes away all that it made. */
  async remove(): Promise<void> {
    await this.kill();
    this.ecs.destroy();
    this.logs.destroy();
    await removeInstance(this.docker, this.instance);
    await rm(this.#folder, { recursive: true, force: true });
  }

  async containers(): Promise<Docker.ContainerInfo[]> {
    const filters = { label: [`slipway.local.instance=${this.instance}`] };
    return this.docker.listContainers({ all: true, filters });
  }

  async #ready(child: ChildProcess): Promise<string> {
    this.#output = '';
    return new Promise((resolve, reject) => {
      const hear = (chunk: Buffer): void => {
        this.#output = (this.#output + String(chunk)).slice(-20_000);
        const url = /slipway-ready: (\S+)\n/.exec(this.#output)?.[1];
        if (url !== undefined) resolve(url);
      };
      child.stdout?.on('data', hear);
      child.stderr?.on('data', hear);
      child.once('exit', () => reject(new Error(`the endpoint ended: ${this.#output}`)));
    });
  }

  #use(endpoint: string): void {
    this.ecs.destroy();
    this.logs.destroy();
    const configuration = { endpoint, region: 'us-east-1', credentials };
    this.ecs = new ECSClient(configuration);
    this.logs = new CloudWatchLogsClient(configuration);
  }
}
