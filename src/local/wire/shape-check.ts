// Compares a value with the SDK's schema of it: what is missing, what has the wrong type, what nobody knows.
// Requests may carry unknown members (a newer client); a response that does is a defect of ours.
import type { NormalizedSchema } from '@smithy/core/schema';
import { requiredMembers } from './schema.ts';

export interface ShapeProblem {
  readonly kind: 'missing' | 'type' | 'unknown' | 'enum';
  /** `containerDefinitions[0].image` */
  readonly path: string;
  /** What the schema wants there, e.g. `String`. */
  readonly expected: string;
  /** What was found, e.g. `number`. */
  readonly found: string;
}

/** `json`: as parsed from the wire. `object`: as the SDK's types say (Date, Uint8Array). */
export type ShapeForm = 'json' | 'object';

/** Allowed words by member name, by `parent.member`, or by `Operation.member`: schemas do not carry them. */
export type EnumTable = ReadonlyMap<string, readonly string[]>;

/** Of what does not fit: nobody reads more, and five megabytes of it take seconds to list. */
const enough = 100;

export function checkShape(schema: NormalizedSchema, value: unknown, form: ShapeForm): ShapeProblem[] {
  const misfits: ShapeProblem[] = [];
  // Counted apart, as requests may have any number of them.
  const unknown: ShapeProblem[] = [];
  for (const problem of problemsAt(schema, value, form, '')) {
    if (problem.kind !== 'unknown') misfits.push(problem);
    else if (unknown.length < enough) unknown.push(problem);
    if (misfits.length === enough) break;
  }
  return [...misfits, ...unknown];
}

/** Every word at a place where the table has a list without it. An empty one counts as not given. */
export function checkEnums(operation: string, input: unknown, enums: EnumTable, path = ''): ShapeProblem[] {
  if (Array.isArray(input)) return input.flatMap((item) => checkEnums(operation, item, enums, path));
  if (isRecord(input)) {
    return Object.entries(input).flatMap(([name, value]) =>
      checkEnums(operation, value, enums, path === '' ? name : `${path}.${name}`),
    );
  }
  if (typeof input !== 'string' || input === '') return [];
  const [member = '', parent = operation] = path.split('.').reverse();
  const allowed = enums.get(`${parent}.${member}`) ?? enums.get(member);
  if (allowed === undefined || allowed.includes(input)) return [];
  return [{ kind: 'enum', path, expected: allowed.join(', '), found: input }];
}

function* problemsAt(
  schema: NormalizedSchema,
  value: unknown,
  form: ShapeForm,
  path: string,
): Generator<ShapeProblem> {
  if (schema.isUnitSchema() || schema.isDocumentSchema()) return;
  if (schema.isStructSchema()) {
    if (!isRecord(value)) yield wrongType(path, 'Structure', value);
    else yield* structProblems(schema, value, form, path);
  } else if (schema.isListSchema()) {
    if (!Array.isArray(value)) yield wrongType(path, 'List', value);
    else {
      const itemSchema = schema.getValueSchema();
      for (const [index, item] of value.entries()) {
        yield* problemsAt(itemSchema, item, form, `${path}[${index}]`);
      }
    }
  } else if (schema.isMapSchema()) {
    if (!isRecord(value)) yield wrongType(path, 'Map', value);
    else {
      const itemSchema = schema.getValueSchema();
      for (const [key, item] of Object.entries(value)) {
        yield* problemsAt(itemSchema, item, form, `${path}[${key}]`);
      }
    }
  } else {
    const expected = leafType(schema);
    if (!isLeaf(expected, value, form)) yield wrongType(path, expected, value);
  }
}

function* structProblems(
  schema: NormalizedSchema,
  value: Readonly<Record<string, unknown>>,
  form: ShapeForm,
  path: string,
): Generator<ShapeProblem> {
  const known = new Set<string>();
  const required = new Set(requiredMembers(schema));
  for (const [name, member] of schema.structIterator()) {
    known.add(name);
    const at = path === '' ? name : `${path}.${name}`;
    // JSON null is how some clients leave a member out.
    if (value[name] != null) yield* problemsAt(member, value[name], form, at);
    else if (required.has(name)) yield { kind: 'missing', path: at, expected: 'a value', found: 'nothing' };
  }
  for (const name of Object.keys(value)) {
    if (known.has(name) || value[name] === undefined) continue;
    yield {
      kind: 'unknown',
      path: path === '' ? name : `${path}.${name}`,
      expected: 'no such member',
      found: name,
    };
  }
}

type LeafType = 'String' | 'Boolean' | 'Number' | 'Timestamp' | 'Blob' | 'Unknown';

function leafType(schema: NormalizedSchema): LeafType {
  if (schema.isBlobSchema()) return 'Blob';
  if (schema.isTimestampSchema()) return 'Timestamp';
  if (schema.isBooleanSchema()) return 'Boolean';
  if (schema.isNumericSchema() || schema.isBigIntegerSchema() || schema.isBigDecimalSchema()) return 'Number';
  if (schema.isStringSchema()) return 'String';
  return 'Unknown';
}

function isLeaf(expected: LeafType, value: unknown, form: ShapeForm): boolean {
  switch (expected) {
    case 'String':
      // Half a surrogate pair is no Unicode: it cannot be written to a file or sent on.
      return typeof value === 'string' && !/\p{Surrogate}/u.test(value);
    case 'Boolean':
      return typeof value === 'boolean';
    case 'Number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'Timestamp':
      return form === 'object'
        ? value instanceof Date && !Number.isNaN(value.getTime())
        : typeof value === 'number' && Math.abs(value) <= latestEpochSeconds;
    case 'Blob':
      return form === 'object' ? value instanceof Uint8Array : typeof value === 'string' && isBase64(value);
    case 'Unknown':
      return true;
  }
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

/** What a Date can hold. */
const latestEpochSeconds = 8.64e12;

function wrongType(path: string, expected: string, value: unknown): ShapeProblem {
  const found = value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value;
  return { kind: 'type', path, expected, found };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
