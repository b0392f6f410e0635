/**
 * `slipway.yaml` as text → a configuration that fits together, or one error that names every problem.
 */
import { LineCounter, parseDocument } from 'yaml';
import { ConfigurationError } from '../errors.ts';
import { crossCheck } from './cross-checks.ts';
import { type ConfigPath, lineAt } from './locate.ts';
import { type Problem, problemsFrom } from './problems.ts';
import { type ConfigurationFile, configurationSchema } from './schema.ts';

export const CONFIGURATION_FILE = 'slipway.yaml';

/** The file's content with all defaults, and where each key stands. */
export interface Configuration extends ConfigurationFile {
  readonly file: string;
  /** `slipway.yaml:12 images.api.architecture` */
  readonly at: (path: ConfigPath) => string;
}

const LONGEST_TEXT = 1024 * 1024;
const MOST_PROBLEMS = 50;

/** One line per problem, in the order of the file's lines. */
export function configurationError(problems: readonly string[]): ConfigurationError {
  const lines = problems.slice(0, MOST_PROBLEMS);
  if (problems.length > lines.length) lines.push(`… and ${problems.length - lines.length} more`);
  return new ConfigurationError(lines.join('\n'), {
    evidence: lines,
    advice: 'docs/configuration.md lists every key; slipway.schema.json makes editors check them',
  });
}

/**
 * Shape first, then how names fit together: each stage reports all its problems at once.
 * Errors: {@link ConfigurationError}, one line per problem, `slipway.yaml:12 key.path: expected …, got …`.
 */
export function parseConfiguration(text: string, file: string = CONFIGURATION_FILE): Configuration {
  if (text.length > LONGEST_TEXT) throw configurationError([`${file}: expected at most 1 MiB of text`]);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false });
  if (document.errors.length > 0) {
    throw configurationError(
      document.errors.map((error) => {
        const { line } = lines.linePos(error.pos[0]);
        return `${file}:${line} is not valid YAML: ${error.message.split('\n')[0]}`;
      }),
    );
  }
  const at = (path: ConfigPath): string =>
    `${file}:${lineAt(document, lines, path)}${path.length === 0 ? '' : ` ${path.join('.')}`}`;
  const fail = (problems: readonly Problem[]): ConfigurationError =>
    configurationError(
      [...problems]
        .sort((a, b) => lineAt(document, lines, a.path) - lineAt(document, lines, b.path))
        .map(({ path, message }) => `${at(path)}: ${message}`),
    );

  const root = readValue(document, file);
  const parsed = configurationSchema.safeParse(root);
  if (!parsed.success) throw fail(problemsFrom(parsed.error.issues, root, configurationSchema));
  const problems = crossCheck(parsed.data);
  if (problems.length > 0) throw fail(problems);
  return { ...parsed.data, file, at };
}

/** Aliases are resolved here; `yaml` refuses the kind that grow without end. */
function readValue(document: ReturnType<typeof parseDocument>, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch (error) {
    throw configurationError([`${file}: ${(error as Error).message}`]);
  }
}
