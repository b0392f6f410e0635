/**
 * Where Temporal is and how to get in, as Temporal's own CLI reads it: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE,
 * TEMPORAL_API_KEY, TEMPORAL_TLS…, and the profile of `temporal.toml`. For whoever is started by a person or a runner.
 */
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { ConnectSettings } from './client/connect.ts';
import { ConfigurationError } from './errors.ts';

/** @throws ConfigurationError where a file that it names cannot be read, or is not TOML */
export function temporalSettings(env: NodeJS.ProcessEnv = process.env): ConnectSettings {
  try {
    const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars: given(env) });
    const { address, apiKey, tls, metadata } = connectionOptions;
    // The two packages describe the same TLS settings with types of their own.
    return {
      address,
      namespace,
      apiKey: apiKey?.trim() || undefined,
      tls: tls as ConnectSettings['tls'],
      metadata,
    };
  } catch (error) {
    throw new ConfigurationError(`the settings for Temporal cannot be read: ${whyNot(error)}`, {
      cause: error,
      advice: 'Look at the TEMPORAL_… variables, and at the file that TEMPORAL_CONFIG_FILE names.',
    });
  }
}

/** Below its first line a TOML error quotes the file, which may hold a key. */
const whyNot = (error: unknown): string => {
  const [first = ''] = (error as Error).message.split('\n', 1);
  const { line } = error as { readonly line?: unknown };
  return typeof line === 'number' ? `${first}, in line ${line}` : first;
};

/** A runner gives variables that nobody has set as empty texts. */
const given = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== ''),
  );
