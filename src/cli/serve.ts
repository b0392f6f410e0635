/** Work of `slipway serve`: the configuration, the secrets, and a receiver until it is told to stop. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ConfigurationError } from '../errors.ts';
import { WEBHOOK_PATH } from '../server/app.ts';
import { parseServeConfiguration } from '../server/configuration.ts';
import { readSecrets } from '../server/secrets.ts';
import { serve } from '../server/serve.ts';
import { createServerLog } from '../server/server-log.ts';
import { temporalSettings } from '../temporal-settings.ts';
import type { ServeOptions } from './commands/serve.ts';
import type { CommandContext } from './program.ts';
import { jsonText } from './render/sanitize.ts';

export async function runServe(options: ServeOptions, { cwd, terminal }: CommandContext): Promise<void> {
  const configuration = parseServeConfiguration(await textOf(resolve(cwd, options.config)), options.config);
  const secrets = await readSecrets(terminal.env);
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  process.once('SIGTERM', onSignal);
  process.once('SIGINT', onSignal);
  try {
    await serve({
      temporal: temporalSettings(terminal.env),
      configuration,
      secrets,
      ...options.listen,
      log: createServerLog((line) => terminal.progress(line.trimEnd())),
      signal: stop.signal,
      onListening: ({ address, family, port }) => {
        const host = family === 'IPv6' ? `[${address}]` : address;
        terminal.result(jsonText({ listening: `http://${host}:${port}${WEBHOOK_PATH}` }));
      },
    });
  } finally {
    process.off('SIGTERM', onSignal);
    process.off('SIGINT', onSignal);
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new ConfigurationError(`${file} cannot be read: ${code}`, {
      cause: error,
      advice: 'docs/webhook.md has an example to begin with',
    });
  }
}
