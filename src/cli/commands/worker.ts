/**
 * `slipway worker …`: one process for one role; its rights are those of its environment.
 */
import { type Command, Option } from 'commander';
import type { CommandContext } from '../program.ts';
import {
  collectGitHub,
  collectRepository,
  parseCount,
  parseQueueName,
  parseSeconds,
} from './parse-options.ts';

export interface WorkerOptions {
  readonly store: string;
  readonly data: string;
  readonly repository?: Readonly<Record<string, string>>;
  readonly architecture?: 'arm64' | 'amd64';
  readonly queue?: string;
  readonly heartbeat?: number;
  /** App → `owner/name`. */
  readonly github?: Readonly<Record<string, string>>;
  readonly githubApp?: string;
  readonly githubKey?: string;
  readonly githubInstallation?: number;
  readonly githubToken?: string;
  readonly githubApi?: string;
}

export function addWorkerCommands(program: Command, context: CommandContext): void {
  const worker = program.command('worker').description('run workers: one process a role, or all of them');
  const add = (name: string, description: string): Command =>
    worker
      .command(name)
      .description(description)
      .option('--store <folder>', 'sources, plans and logs, shared by all workers', '.slipway/store')
      .option('--data <folder>', 'work files of this worker', `.slipway/workers/${name}`)
      .option(
        '--heartbeat <seconds>',
        'how old live progress may be; each heartbeat is a call',
        parseSeconds,
      );
  const withRepository = (command: Command): Command =>
    command.option('--repository <app=address>', 'git repository of an app; repeatable', collectRepository);
  const withGitHub = (command: Command): Command =>
    command
      .option(
        '--github <app=owner/name>',
        'repository on GitHub that is told how releases and checks stand; repeatable; default: as --repository says',
        collectGitHub,
      )
      .option('--github-app <id>', 'number or client id of a GitHub App')
      .option('--github-key <file>', 'its private key (.pem)')
      .option('--github-installation <id>', 'default: asked for, for each repository', parseCount)
      .option(
        '--github-token <file>',
        'a token instead of an App; also SLIPWAY_GITHUB_TOKEN or GITHUB_TOKEN in the environment',
      )
      .option('--github-api <url>', "of GitHub Enterprise; default: github.com's");

  const run = (role: 'control' | 'deploy' | 'checks' | 'build') => async (options: WorkerOptions) => {
    const { runOneWorker } = await import('../worker.ts');
    await runOneWorker(role, options, context);
  };
  withGitHub(
    withRepository(add('control', 'workflows and sources: holds the git credential, no AWS rights')),
  ).action(run('control'));
  add('deploy', 'ECS: the only role that may change services')
    .option(
      '--queue <name>',
      'only for environments with this deployQueue in slipway.yaml, as of another AWS account',
      parseQueueName,
    )
    .action(run('deploy'));
  add('checks', "the repository's own tests: give it no credentials").action(run('checks'));
  add('build', 'images of one architecture: a Docker engine, and the right to push')
    .addOption(
      new Option('--architecture <name>', 'what it builds').choices(['arm64', 'amd64']).makeOptionMandatory(),
    )
    .action(run('build'));
  withRepository(add('all', 'one process of each role, for trying things out')).action(
    async (options: WorkerOptions) => {
      const { runAllWorkers } = await import('../worker.ts');
      context.exit(await runAllWorkers(options, context));
    },
  );
}
