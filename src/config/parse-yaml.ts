/**
 * A YAML file that people write, held against a schema: data with all defaults, or one error that names every problem and
 * its line.
 */
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { ConfigurationError } from '../errors.ts';
import { type ConfigPath, lineAt } from './locate.ts';
import { type Problem, problemsFrom } from './problems.ts';

export interface FileRules<Schema extends z.ZodType> {
  readonly schema: Schema;
  /** How names fit together, once the shape is right. */
  readonly crossCheck: (data: z.output<Schema>) => readonly Problem[];
  /** Where the keys are explained. */
  readonly advice: string;
}

export interface ParsedFile<Data> {
  readonly data: Data;
  /** `slipway.yaml:12 images.api.architecture` */
  readonly at: (path: ConfigPath) => string;
}

const LONGEST_TEXT = 1024 * 1024;
const MOST_PROBLEMS = 50;

/** One line per problem, in the order of the file's lines. */
export function fileError(problems: readonly string[], advice: string): ConfigurationError {
  const lines = problems.slice(0, MOST_PROBLEMS);
  if (problems.length > lines.length) lines.push(`… and ${problems.length - lines.length} more`);
  // A report has its summary in one line; where there is but one problem, that says it all.
  return new ConfigurationError(lines.join('\n'), { evidence: lines.length > 1 ? lines : [], advice });
}

/**
 * Shape first, then how names fit together: each stage reports all its problems at once.
 * Errors: {@link ConfigurationError}, one line per problem, `<file>:12 key.path: expected …, got …`.
 */
export function parseYaml<Schema extends z.ZodType>(
  text: string,
  file: string,
  { schema, crossCheck, advice }: FileRules<Schema>,
): ParsedFile<z.output<Schema>> {
  if (text.length > LONGEST_TEXT) throw fileError([`${file}: expected at most 1 MiB of text`], advice);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false });
  if (document.errors.length > 0) {
    throw fileError(
      document.errors.map((error) => {
        const { line } = lines.linePos(error.pos[0]);
        return `${file}:${line} is not valid YAML: ${error.message.split('\n')[0]}`;
      }),
      advice,
    );
  }
  const at = (path: ConfigPath): string =>
    `${file}:${lineAt(document, lines, path)}${path.length === 0 ? '' : ` ${path.join('.')}`}`;
  const fail = (problems: readonly Problem[]): ConfigurationError =>
    fileError(
      [...problems]
        .sort((a, b) => lineAt(document, lines, a.path) - lineAt(document, lines, b.path))
        .map(({ path, message }) => `${at(path)}: ${message}`),
      advice,
    );

  const root = readValue(document, file, advice);
  const parsed = schema.safeParse(root);
  if (!parsed.success) throw fail(problemsFrom(parsed.error.issues, root, schema));
  const problems = crossCheck(parsed.data);
  if (problems.length > 0) throw fail(problems);
  return { data: parsed.data, at };
}

/** Aliases are resolved here; `yaml` refuses the kind that grow without end. */
function readValue(document: ReturnType<typeof parseDocument>, file: string, advice: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch (error) {
    throw fileError([`${file}: ${(error as Error).message}`], advice);
  }
}
