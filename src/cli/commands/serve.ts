/**
 * `slipway serve`: GitHub's webhooks, and the reconcile of what they have lost.
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CommandContext } from '../program.ts';

export interface ServeOptions {
  readonly config: string;
  readonly listen: ListenAddress;
}

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const DEFAULT_LISTEN = '127.0.0.1:8080';

const HELP = `
GitHub sends to https://<your proxy>/webhooks/github; /healthz and /readyz answer beside it. It speaks plain HTTP:
put a proxy with TLS before it.

SLIPWAY_WEBHOOK_SECRET_FILE (or SLIPWAY_WEBHOOK_SECRET) is the secret that GitHub signs with, and
SLIPWAY_WEBHOOK_SECRET_PREVIOUS_FILE (or …_PREVIOUS) the one before it, while they are changed.
Temporal is found as by the other commands (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, temporal.toml).

Exit codes: 0 it was told to stop (SIGTERM, SIGINT) · 2 configuration, secret or address`;

export function addServeCommand(program: Command, context: CommandContext): void {
  program
    .command('serve')
    .description('receive GitHub webhooks, and start what they ask for')
    .requiredOption('--config <file>', 'which events of which repositories start what: docs/webhook.md')
    .addOption(
      new Option('--listen <host:port>', 'where to listen; port 0: any free one')
        .argParser(parseListen)
        .default(parseListen(DEFAULT_LISTEN), DEFAULT_LISTEN),
    )
    .addHelpText('after', HELP)
    .action(async (options: ServeOptions) => {
      const { runServe } = await import('../serve.ts');
      await runServe(options, context);
    });
}

/** `127.0.0.1:8080`, `[::1]:8080` */
function parseListen(text: string): ListenAddress {
  const [, six, four, digits = ''] = /^(?:\[([0-9a-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(text) ?? [];
  const host = six ?? four;
  const port = Number(digits);
  if (host !== undefined && port <= 65_535) return { host, port };
  throw new InvalidArgumentError('Expected an address such as 127.0.0.1:8080 or [::1]:8080.');
}
