/**
 * `slipway.yaml` as text → a configuration that fits together, or one error that names every problem.
 */
import type { ConfigurationError } from '../errors.ts';
import { crossCheck } from './cross-checks.ts';
import type { ConfigPath } from './locate.ts';
import { fileError, parseYaml } from './parse-yaml.ts';
import { type ConfigurationFile, configurationSchema } from './schema.ts';

export const CONFIGURATION_FILE = 'slipway.yaml';

/** The file's content with all defaults, and where each key stands. */
export interface Configuration extends ConfigurationFile {
  readonly file: string;
  /** `slipway.yaml:12 images.api.architecture` */
  readonly at: (path: ConfigPath) => string;
}

const ADVICE = 'docs/configuration.md lists every key; slipway.schema.json makes editors check them';

/** One line per problem, in the order of the file's lines. */
export const configurationError = (problems: readonly string[]): ConfigurationError =>
  fileError(problems, ADVICE);

/**
 * Shape first, then how names fit together: each stage reports all its problems at once.
 * Errors: {@link ConfigurationError}, one line per problem, `slipway.yaml:12 key.path: expected …, got …`.
 */
export function parseConfiguration(text: string, file: string = CONFIGURATION_FILE): Configuration {
  const { data, at } = parseYaml(text, file, {
    schema: configurationSchema,
    crossCheck,
    advice: ADVICE,
  });
  return { ...data, file, at };
}
