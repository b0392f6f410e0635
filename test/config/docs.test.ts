import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parseDuration } from '../../src/config/fields.ts';
import { jsonSchemaText } from '../../src/config/json-schema.ts';
import { parseConfiguration } from '../../src/config/parse-configuration.ts';

const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml]) => yaml ?? '');

interface Schema {
  readonly properties?: Record<string, Schema>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly default?: unknown;
}

/** Key as the tables write it (`setup.cache.key`) → its default. */
function keysOf(schema: Schema, prefix = ''): [string, unknown][] {
  const { items } = schema;
  const section =
    schema.anyOf?.find(({ properties }) => properties !== undefined) ??
    (typeof items === 'object' && items.properties !== undefined ? items : schema);
  return Object.entries(section.properties ?? {}).flatMap(([name, value]): [string, unknown][] => {
    const nested = keysOf(value, `${prefix}${name}.`);
    return nested.length > 0 ? nested : [[`${prefix}${name}`, value.default]];
  });
}

const root = JSON.parse(jsonSchemaText()) as Schema;
const sections = ['checks', 'images', 'services', 'environments'].map((section): [string, Schema] => {
  const values = root.properties?.[section]?.additionalProperties;
  return [section, typeof values === 'object' ? values : {}];
});

/** The rows of the table below the heading of a section. */
function rowsOf(section: string): Map<string, string> {
  const text = page.split(`### \`${section}.<name>\``)[1]?.split('\n##')[0] ?? '';
  return new Map(
    [...text.matchAll(/^\| `([^`]+)` \| (.+?) \|/gm)].map(([, key = '', value = '']) => [key, value]),
  );
}

/** Defaults in the page are written for people: `15m`, `none`. */
function isSame(written: string, value: unknown): boolean {
  const plain = written.replaceAll('`', '');
  if (typeof value === 'number') return parseDuration(plain) === value || Number(plain) === value;
  if (value !== null && typeof value === 'object') return plain === 'none';
  return value === undefined || plain === String(value);
}

describe('docs/configuration.md', () => {
  it('has examples that are valid', () => {
    expect(examples).toHaveLength(4);
    for (const example of examples) expect(() => parseConfiguration(example)).not.toThrow();
  });

  it('is not alone: the sample app has a valid file, too', () => {
    const sample = new URL('../../examples/containrlab/slipway.yaml', import.meta.url);
    expect(() => parseConfiguration(readFileSync(sample, 'utf8'))).not.toThrow();
  });

  it.each(sections)('lists every key of %s with its default', (section, schema) => {
    const rows = rowsOf(section);
    const keys = keysOf(schema);
    expect([...rows.keys()].sort()).toEqual(keys.map(([key]) => key).sort());
    for (const [key, value] of keys) {
      expect({ key, same: isSame(rows.get(key) ?? '', value) }).toEqual({ key, same: true });
    }
  });

  it('uses every key in its long example', () => {
    const long = examples[1] ?? '';
    for (const [, schema] of sections) {
      for (const [key] of keysOf(schema)) expect(long).toContain(`${key.split('.').at(-1)}:`);
    }
  });
});
