/** The connection of a command: to the Temporal server that the environment names. */
import { connect as connectTo, type ReleaseClient } from '../client/index.ts';
import { temporalSettings } from '../temporal-settings.ts';

/** @throws UnreachableError, ConfigurationError */
export const connect = (env?: NodeJS.ProcessEnv): Promise<ReleaseClient> => connectTo(temporalSettings(env));
