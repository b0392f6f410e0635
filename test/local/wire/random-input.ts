// Random inputs for any operation, from the SDK's schema of it: mostly sensible, with what earlier answers named,
// then spoilt somewhere. All from one seed.
import type { NormalizedSchema } from '@smithy/core/schema';
import { requiredMembers } from '../../../src/local/wire/schema.ts';

/** From `randomFrom`. */
export type Random = () => number;

export const pick = <T>(random: Random, from: readonly T[]): T =>
  from[Math.floor(random() * from.length)] as T;

/** Strings that a service's answers have brought, by the member that held them: so that later calls name what exists. */
export class Memory {
  readonly #byMember = new Map<string, string[]>();

  learn(value: unknown, member = ''): void {
    if (typeof value === 'string') {
      const key = singular(member);
      const known = this.#byMember.get(key) ?? [];
      if (value.length < 300 && !known.includes(value)) known.push(value);
      // The oldest stay: they are those of the first, sensible calls.
      if (known.length > 30) known.splice(15, 1);
      this.#byMember.set(key, known);
    } else if (Array.isArray(value)) {
      for (const item of value) this.learn(item, member);
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, item] of Object.entries(value)) this.learn(item, name);
    }
  }

  /** By the member's own name, or as the name or ARN of such a thing: `cluster` is a `clusterArn`. */
  recall(member: string, random: Random): string | undefined {
    const key = singular(member);
    const found = [key, `${key}arn`, `${key}name`, key.replace(/arn$|name$/, '')].flatMap(
      (name) => this.#byMember.get(name) ?? [],
    );
    if (found.length > 0) return pick(random, found);
    const anyArn = [...this.#byMember.values()].flat().filter((value) => value.startsWith('arn:'));
    return key.endsWith('arn') && anyArn.length > 0 ? pick(random, anyArn) : undefined;
  }

  /** As `learn`, from the query protocol's XML. */
  learnXml(text: string): void {
    for (const [, name = '', value] of text.matchAll(/<(\w+)>([^<]+)<\/\1>/g)) this.learn(value, name);
  }
}

const singular = (member: string): string => member.toLowerCase().replace(/s$/, '');

export interface Generator {
  readonly random: Random;
  readonly memory: Memory;
  /** All that the SDK exports: its enums are objects of strings. */
  readonly sdk: Readonly<Record<string, unknown>>;
}

export function randomInput(schema: NormalizedSchema, generator: Generator): Record<string, unknown> {
  return schema.isUnitSchema() ? {} : (valueFor(schema, '', 0, generator) as Record<string, unknown>);
}

function valueFor(schema: NormalizedSchema, member: string, depth: number, generator: Generator): unknown {
  const { random } = generator;
  if (schema.isStructSchema()) {
    const required = new Set(requiredMembers(schema));
    const result: Record<string, unknown> = {};
    for (const [name, inner] of schema.structIterator()) {
      if (random() < (required.has(name) ? 0.97 : 0.5 / (depth + 1))) {
        result[name] = valueFor(inner, name, depth + 1, generator);
      }
    }
    return result;
  }
  if (schema.isListSchema()) {
    const length = random() < 0.02 ? 120 : Math.floor(random() * 3);
    return Array.from({ length }, () => valueFor(schema.getValueSchema(), member, depth + 1, generator));
  }
  if (schema.isMapSchema()) {
    const keys = Array.from({ length: Math.floor(random() * 3) }, () => pick(random, oddStrings));
    return Object.fromEntries(
      keys.map((key) => [key, valueFor(schema.getValueSchema(), member, depth + 1, generator)]),
    );
  }
  if (schema.isBooleanSchema()) return random() < 0.5;
  if (schema.isTimestampSchema()) return pick(random, [0, 1.5, Date.now() / 1000, -1, 1e12]);
  if (schema.isBlobSchema()) return random() < 0.8 ? 'AAEC' : pick(random, oddStrings);
  if (schema.isStringSchema()) return stringOf(member, generator);
  return numberOf(member, random);
}

function stringOf(member: string, { random, memory, sdk }: Generator): string {
  // Nothing may be listened on, or called, that is not this test's own.
  if (member === 'Id') return '127.0.0.1';
  const name = member[0]?.toUpperCase() + member.slice(1);
  const values = sdk[name] ?? sdk[name.replace(/s$/, '')];
  if (typeof values === 'object' && values !== null && !Array.isArray(values) && random() < 0.9) {
    return String(pick(random, Object.values(values)));
  }
  const known = memory.recall(member, random);
  if (known !== undefined && random() < 0.85) return known;
  return random() < 0.5 ? `n${Math.floor(random() * 50)}` : pick(random, oddStrings);
}

function numberOf(member: string, random: Random): number {
  if (/^port$/i.test(member)) return pick(random, [0, -1, 65_536, 1.5]);
  if (random() < 0.1) return pick(random, oddNumbers);
  if (/port/i.test(member)) return pick(random, [80, 8080]);
  if (/cpu|memory/i.test(member)) return pick(random, [64, 128, 256]);
  return Math.floor(random() * 4);
}

export const oddNumbers = [-1, 0.5, 1e308, 2 ** 31, 2 ** 53 + 2, -(2 ** 63), 99_999_999];

export const oddStrings = [
  '',
  ' ',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '../../../escape',
  '/',
  ':',
  'arn:aws:ecs:us-east-1:000000000000:service/',
  'a'.repeat(300),
  'é✓\u{1F680}',
  '\u0000\u0001\n\r',
  '\ud800',
  '%00%2e%2e',
  '<x>&"\'',
  '-1',
  '1e999',
  'null',
];

const junk = (random: Random): unknown =>
  pick<() => unknown>(random, [
    () => null,
    () => 'x'.repeat(100_000),
    () => pick(random, oddStrings),
    () => pick(random, oddNumbers),
    () => [],
    () => ({}),
    () => [[[[[]]]]],
    () => Array(2000).fill('a'),
    () => ({ ['__proto__']: { status: 'ACTIVE' }, constructor: 1 }),
    () => true,
    () => JSON.parse('{"__proto__":{"polluted":true}}') as unknown,
  ])();

/** Puts junk in one place, or takes one away. */
export function spoil(input: unknown, random: Random): unknown {
  if (typeof input !== 'object' || input === null || random() < 0.05) return junk(random);
  const keys = Object.keys(input);
  const key = keys.length === 0 ? undefined : pick(random, keys);
  const copy: Record<string, unknown> = Array.isArray(input)
    ? (Object.assign([], input) as unknown as Record<string, unknown>)
    : { ...input };
  if (key === undefined || random() < 0.1)
    copy[pick(random, ['unknownMember', '__proto__x', '0'])] = junk(random);
  else if (random() < 0.2) delete copy[key];
  else if (random() < 0.5) copy[key] = junk(random);
  else copy[key] = spoil(copy[key], random);
  return copy;
}
