/**
 * The process behind `slipway local aws-endpoint`: the local AWS until it is told to stop.
 */
import { ConfigurationError } from '../errors.ts';
import { startAwsEndpoint } from '../local/endpoint.ts';
import { defaultAwsSettings, endpointOptions, readKeptSettings } from '../local/stack/aws-settings.ts';
import { folderGone } from '../local/stack/folder-gone.ts';
import { READY_PREFIX } from '../local/stack/spawn-detached.ts';
import type { AwsEndpointOptions } from './commands/local.ts';

const FOLDER_CHECK_MS = 2000;

export async function runAwsEndpoint(options: AwsEndpointOptions): Promise<void> {
  const settings =
    options.settings === undefined ? defaultAwsSettings : await readKeptSettings(options.settings);
  const endpoint = await startAwsEndpoint({
    folder: options.folder,
    port: options.port,
    accountId: options.accountId,
    region: options.region,
    registryUrl: options.registryUrl,
    instance: options.instance,
    ...endpointOptions(settings),
    accessKeyId: required('SLIPWAY_LOCAL_ACCESS_KEY_ID'),
    secretAccessKey: required('SLIPWAY_LOCAL_SECRET_ACCESS_KEY'),
  });
  process.stdout.write(`${READY_PREFIX}${endpoint.url}\n`);
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort());
  process.once('SIGINT', () => stop.abort());
  // Nobody could stop it any more: who started it, and as which process, was written there.
  const gone = await folderGone(options.folder, FOLDER_CHECK_MS, stop.signal).then(
    () => true,
    (error: unknown) => {
      if (!stop.signal.aborted) throw error;
      return false;
    },
  );
  if (gone) {
    process.stderr.write(`${options.folder} is gone, and so the local AWS ends\n`);
    // There is nowhere to save anything, and nobody to wait for.
    process.exit(1);
  }
  await endpoint.close();
}

function required(variable: string): string {
  const value = process.env[variable];
  if (value) return value;
  throw new ConfigurationError(`${variable} is not set`, {
    advice: '`slipway local up` starts this for you.',
  });
}
