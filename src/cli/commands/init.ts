/**
 * `slipway init`: the first `slipway.yaml` of a repository.
 */
import { type Command, InvalidArgumentError } from 'commander';
import type { CommandContext } from '../program.ts';
import { addOutputOptions, type OutputOptions } from './output-options.ts';
import { DEFAULT_ENVIRONMENT, parseQueueName } from './parse-options.ts';

export interface InitOptions extends OutputOptions {
  readonly app?: string;
  readonly cluster?: string;
  readonly environment: string;
  readonly region?: string;
  /** Dockerfile → repository. */
  readonly image?: Readonly<Record<string, string>>;
  /** False: `--no-aws`. */
  readonly aws: boolean;
  readonly force?: boolean;
  readonly stdout?: boolean;
}

const HELP = `
Looks for Dockerfiles, for tests, and – with your own AWS credentials, changing nothing – for the ECS services that run
their images, in the only cluster there is or in that of --cluster. What it had to guess is said, and marked in the file.

Examples:
  slipway init                                    in your repository; then read the file, and commit it
  slipway init --cluster shop --stdout            look at it first
  slipway init --image api/Dockerfile=shop/api    where names do not tell which Dockerfile makes which image
  slipway init --no-aws                           from the Dockerfiles alone

Exit codes: 0 written · 2 a question is open: it says which, and how to answer it`;

export function addInitCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('init')
    .description('write slipway.yaml from the Dockerfiles here and the services of your cluster')
    .option(
      '--app <name>',
      'name of the app; default: that of the git remote, else of the folder',
      parseQueueName,
    )
    .option('--cluster <name>', 'ECS cluster; default: the only one there is', parseEcsName)
    .option(
      '--environment <name>',
      'what the first environment is called',
      parseQueueName,
      DEFAULT_ENVIRONMENT,
    )
    .option('--region <region>', 'AWS region; default: that of your AWS configuration', parseRegion)
    .option(
      '--image <Dockerfile=repository>',
      'which ECR repository a Dockerfile makes; repeatable',
      collectImage,
    )
    .option('--no-aws', 'do not ask AWS')
    .option('--force', 'overwrite a slipway.yaml that is there')
    .option('--stdout', 'print it instead of writing it')
    .addHelpText('after', HELP);
  addOutputOptions(command, {
    what: 'what stdout gets; json: what was found and guessed, and the file',
  }).action(async (options: InitOptions) => {
    const { init } = await import('../init.ts');
    context.exit(await init(options, context));
  });
}

/** The rule of the ECS API. */
function parseEcsName(text: string): string {
  if (/^[A-Za-z0-9_-]{1,255}$/.test(text)) return text;
  throw new InvalidArgumentError('Expected the name of an ECS cluster: letters, digits, - and _.');
}

function parseRegion(text: string): string {
  if (/^[a-z]{2,}(?:-[a-z0-9]+)+$/.test(text)) return text;
  throw new InvalidArgumentError('Expected a region such as eu-central-1.');
}

/** The rule of src/config/fields.ts, which is not read for the sake of `--help`. */
const ECR_NAME = /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/;

function collectImage(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, path, repository] = /^(.+)=([^=]+)$/.exec(text) ?? [];
  if (path === undefined || repository === undefined || !ECR_NAME.test(repository)) {
    throw new InvalidArgumentError(
      'Expected <Dockerfile>=<ECR repository>, in lower case, such as api/Dockerfile=shop/api.',
    );
  }
  return { ...before, [path.replace(/^\.\//, '')]: repository };
}
