// Reads the AWS query protocol's form body into the object that the schema describes:
// `Names.member.1=web&Matcher.HttpCode=200` -> `{ Names: ['web'], Matcher: { HttpCode: '200' } }`.
// Spec: https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
import type { NormalizedSchema } from '@smithy/core/schema';
import { AwsError } from './aws-error.ts';
import type { QueryService } from './operations.ts';
import { rejectMisfits } from './request-check.ts';
import { checkShape } from './shape-check.ts';

/** One level of the dotted keys: its own value, and what comes after the next dot. */
interface FormNode {
  value?: string;
  readonly children: Map<string, FormNode>;
}

export function readQueryInput(
  service: QueryService,
  schema: NormalizedSchema,
  form: URLSearchParams,
): unknown {
  if (schema.isUnitSchema()) return {};
  const input = readNode(schema, tree(form), '') ?? {};
  rejectMisfits(service, checkShape(schema, input, 'object'));
  return input;
}

/** No schema goes so deep; a key of millions of dots would take gigabytes. */
const deepestKey = 50;

function tree(form: URLSearchParams): FormNode {
  const root: FormNode = { children: new Map() };
  for (const [key, value] of form) {
    const parts = key.split('.', deepestKey + 1);
    if (parts.length > deepestKey) continue;
    let node = root;
    for (const part of parts) {
      let child = node.children.get(part);
      if (child === undefined) {
        child = { children: new Map() };
        node.children.set(part, child);
      }
      node = child;
    }
    node.value = value;
  }
  return root;
}

function readNode(schema: NormalizedSchema, node: FormNode, path: string): unknown {
  if (schema.isStructSchema()) {
    const result: Record<string, unknown> = {};
    for (const [name, member] of schema.structIterator()) {
      const child = node.children.get(member.getMergedTraits().xmlName ?? name);
      if (child !== undefined) result[name] = readNode(member, child, path === '' ? name : `${path}.${name}`);
    }
    return result;
  }
  if (schema.isListSchema()) return readList(schema, node, path);
  if (schema.isMapSchema()) return readMap(schema, node, path);
  return readLeaf(schema, node.value, path);
}

function readList(schema: NormalizedSchema, node: FormNode, path: string): unknown[] {
  const item = schema.getValueSchema();
  const flat = schema.getMergedTraits().xmlFlattened === 1;
  // An empty list is sent as `Names=`.
  const holder = flat ? node : node.children.get(item.getMergedTraits().xmlName ?? 'member');
  return numbered(holder).map((child, index) => readNode(item, child, `${path}.member.${index + 1}`));
}

function readMap(schema: NormalizedSchema, node: FormNode, path: string): Record<string, unknown> {
  const keyName = schema.getKeySchema().getMergedTraits().xmlName ?? 'key';
  const valueName = schema.getValueSchema().getMergedTraits().xmlName ?? 'value';
  const flat = schema.getMergedTraits().xmlFlattened === 1;
  const result: Record<string, unknown> = {};
  for (const entry of numbered(flat ? node : node.children.get('entry'))) {
    const key = entry.children.get(keyName)?.value;
    const value = entry.children.get(valueName);
    if (key !== undefined && value !== undefined) {
      result[key] = readNode(schema.getValueSchema(), value, `${path}.${key}`);
    }
  }
  return result;
}

/** Children named 1, 2, 3 … in the order of their numbers. */
function numbered(node: FormNode | undefined): FormNode[] {
  if (node === undefined) return [];
  return [...node.children]
    .filter(([key]) => /^\d+$/.test(key))
    .sort(([left], [right]) => Number(left) - Number(right))
    .map(([, child]) => child);
}

function readLeaf(schema: NormalizedSchema, text: string | undefined, path: string): unknown {
  if (text === undefined || schema.isStringSchema()) return text;
  if (schema.isBooleanSchema()) {
    if (text === 'true' || text === 'false') return text === 'true';
    throw malformed(path, 'a boolean');
  }
  if (schema.isTimestampSchema()) {
    const date = new Date(text);
    if (Number.isNaN(date.getTime())) throw malformed(path, 'a timestamp');
    return date;
  }
  if (schema.isBlobSchema()) return new Uint8Array(Buffer.from(text, 'base64'));
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number)) throw malformed(path, 'a number');
  return number;
}

function malformed(path: string, expected: string): AwsError {
  return new AwsError('MalformedInput', `${path}: ${expected} is expected`);
}
