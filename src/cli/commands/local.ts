/**
 * `slipway local …`: the embedded default – Temporal, a registry, an ECS/ECR endpoint and all workers here.
 */
import { type Command, Option } from 'commander';
import type { CommandContext } from '../program.ts';
import { parseAccountId, parsePort } from './parse-options.ts';

export interface FolderOption {
  readonly folder: string;
}

export interface UpCommandOptions extends FolderOption {
  readonly repository?: string;
  readonly app?: string;
  readonly region?: string;
  readonly accountId?: string;
  readonly temporalPort?: number;
  readonly uiPort?: number;
  readonly awsPort?: number;
  readonly only: 'all' | 'aws';
  /** `false`: back to the defaults. */
  readonly awsSettings?: string | false;
}

export interface AwsEndpointOptions extends FolderOption {
  readonly port: number;
  readonly registryUrl: string;
  readonly instance: string;
  readonly accountId: string;
  readonly region: string;
  readonly settings?: string;
}

const folderOption = (): Option =>
  new Option('--folder <path>', 'where the instance lives').env('SLIPWAY_LOCAL').default('.slipway/local');

export function addLocalCommands(program: Command, context: CommandContext): void {
  const local = program
    .command('local')
    .description('Temporal, a registry, an ECS/ECR endpoint on Docker and all workers, on this machine');
  addUp(local, context);
  local
    .command('down')
    .description('stop what `up` has started, and remove its containers; keeps history and images')
    .addOption(folderOption())
    .option('--wipe', 'remove history, images and all other state too')
    .action(async (options: FolderOption & { wipe?: boolean }) => {
      const { localDown } = await import('../local.ts');
      context.exit(await localDown(options, context));
    });
  local
    .command('reset')
    .description(
      'empty the local AWS: no clusters, services, images, logs or containers; keeps addresses, credentials and Temporal',
    )
    .addOption(folderOption())
    .option('-y, --yes', 'do not ask (it asks only on a terminal)')
    .action(async (options: FolderOption & { yes?: boolean }) => {
      const { localReset } = await import('../local-reset.ts');
      context.exit(await localReset(options, context));
    });
  local
    .command('env')
    .description(
      'print the export lines that make aws, SDKs and temporal use it: eval "$(slipway local env)"',
    )
    .addOption(folderOption())
    .action(async (options: FolderOption) => {
      const { localEnv } = await import('../local.ts');
      context.exit(await localEnv(options, context));
    });
  local
    .command('status')
    .description('what of it runs, and where (exit 1 when a part is down)')
    .addOption(folderOption())
    .action(async (options: FolderOption) => {
      const { localStatus } = await import('../local.ts');
      context.exit(await localStatus(options, context));
    });
  addAwsEndpoint(local);
}

function addUp(local: Command, context: CommandContext): void {
  const port = (flag: string, what: string, variable: string): Option =>
    new Option(`${flag} <port>`, what).env(variable).argParser(parsePort);
  local
    .command('up')
    .description('start it, wait until it is ready, print the addresses; repairs one that is half dead')
    .addOption(folderOption())
    .option('--repository <path or URL>', 'git repository of the app; default: the one of the current folder')
    .option('--app <name>', "app; default: the one of the repository's slipway.yaml")
    .addOption(port('--temporal-port', 'Temporal (default: 7233; 0: any free one)', 'SLIPWAY_TEMPORAL_PORT'))
    .addOption(port('--ui-port', "Temporal's UI (default: 8233)", 'SLIPWAY_UI_PORT'))
    .addOption(port('--aws-port', 'the AWS endpoint (default: 4566)', 'SLIPWAY_AWS_PORT'))
    .option('--region <region>', 'region that the endpoint answers for (default: eu-central-1)')
    .option(
      '--account-id <id>',
      'account that the endpoint stands for (default: 123456789012)',
      parseAccountId,
    )
    .addOption(
      new Option('--only <part>', 'aws: no Temporal, no workers; needs no repository')
        .choices(['all', 'aws'])
        .default('all'),
    )
    .option(
      '--aws-settings <file>',
      'pace, rate limits, machines and secrets of the local AWS; kept for later',
    )
    .option('--no-aws-settings', 'back to the defaults')
    .action(async (options: UpCommandOptions) => {
      const { localUp } = await import('../local.ts');
      context.exit(await localUp(options, context));
    });
}

/** Started by `up`; the credentials come in the environment, so that no process list shows them. */
function addAwsEndpoint(local: Command): void {
  local
    .command('aws-endpoint', { hidden: true })
    .requiredOption('--folder <path>')
    .requiredOption('--port <port>', '', parsePort)
    .requiredOption('--registry-url <url>')
    .requiredOption('--instance <id>')
    .requiredOption('--account-id <id>')
    .requiredOption('--region <region>')
    .option('--settings <file>')
    .action(async (options: AwsEndpointOptions) => {
      const { runAwsEndpoint } = await import('../local-aws-endpoint.ts');
      await runAwsEndpoint(options);
    });
}
