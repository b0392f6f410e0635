/**
 * What is wrong with a `slipway.yaml`, in words: the key, what was expected, what was there.
 */
import type { z } from 'zod';
import { suggestion } from './did-you-mean.ts';
import type { ConfigPath } from './locate.ts';

export interface Problem {
  readonly path: ConfigPath;
  readonly message: string;
}

type Issue = z.core.$ZodIssue;
type Schema = z.core.$ZodType;

const TYPE_WORDS: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'a mapping of keys to values',
  record: 'a mapping of names to values',
  string: 'a text',
};

const show = (value: unknown): string => {
  if (Array.isArray(value)) return 'a list';
  if (value === null) return 'nothing';
  if (typeof value === 'object') return 'a mapping';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
};

function valueAt(root: unknown, path: ConfigPath): unknown {
  let value = root;
  for (const part of path) value = (value as Record<string | number, unknown> | null | undefined)?.[part];
  return value;
}

/** The schema below wrappers such as optional, default and transform. */
function unwrap(schema: Schema | undefined): Schema | undefined {
  const def = schema?._zod.def as { innerType?: Schema; in?: Schema } | undefined;
  const inner = def?.innerType ?? def?.in;
  return inner === undefined ? schema : unwrap(inner);
}

/** Keys that the section at `path` may have. */
function knownKeys(root: Schema, path: ConfigPath): string[] {
  let schema = unwrap(root);
  for (const part of path) {
    const def = schema?._zod.def as
      | { shape?: Record<string, Schema>; valueType?: Schema; element?: Schema }
      | undefined;
    schema = unwrap(def?.shape?.[part] ?? def?.valueType ?? def?.element);
  }
  const shape = (schema?._zod.def as { shape?: object } | undefined)?.shape;
  return Object.keys(shape ?? {});
}

const listed = (values: readonly unknown[]): string =>
  values.map((value) => JSON.stringify(value)).join(' or ');

function expectation(issue: Issue): string {
  if (issue.code === 'invalid_value') return `expected ${listed(issue.values)}`;
  if (issue.message.startsWith('expected ')) return issue.message;
  if (issue.code === 'invalid_type') return `expected ${TYPE_WORDS[issue.expected] ?? issue.expected}`;
  if (issue.code === 'too_small') return `expected at least ${issue.minimum}`;
  return issue.message;
}

function problemsOf(issue: Issue, root: unknown, schema: Schema): Problem[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, path);
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: `unknown key${suggestion(key, known) || `; known here: ${known.join(', ')}`}`,
    }));
  }
  if (issue.code === 'invalid_key') {
    const name = String(path.at(-1));
    return [{ path, message: `${issue.issues[0]?.message ?? 'expected another name'}, got ${show(name)}` }];
  }
  const value = valueAt(root, path);
  if (value === undefined) return [{ path, message: `is missing: ${expectation(issue)}` }];
  const empty = issue.code === 'custom' && typeof value === 'object';
  return [{ path, message: empty ? expectation(issue) : `${expectation(issue)}, got ${show(value)}` }];
}

export function problemsFrom(issues: readonly Issue[], root: unknown, schema: Schema): Problem[] {
  return issues.flatMap((issue) => problemsOf(issue, root, schema));
}
