import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { jsonSchemaText } from '../../src/config/json-schema.ts';

it('slipway.schema.json is what the zod schema says (else run: node script/make-schema.js)', () => {
  const file = readFileSync(new URL('../../slipway.schema.json', import.meta.url), 'utf8');
  expect(JSON.parse(file)).toEqual(JSON.parse(jsonSchemaText()));
});

it('describes every key of the configuration', () => {
  const undescribed: string[] = [];
  const visit = (schema: Record<string, unknown>, path: string): void => {
    for (const branch of (schema.anyOf as Record<string, unknown>[] | undefined) ?? []) visit(branch, path);
    for (const branch of (schema.allOf as Record<string, unknown>[] | undefined) ?? []) visit(branch, path);
    for (const [key, value] of Object.entries(
      (schema.properties ?? {}) as Record<string, Record<string, unknown>>,
    )) {
      if (typeof value.description !== 'string') undescribed.push(`${path}${key}`);
      visit(value, `${path}${key}.`);
    }
    if (typeof schema.additionalProperties === 'object') {
      visit(schema.additionalProperties as Record<string, unknown>, `${path}*.`);
    }
  };
  visit(JSON.parse(jsonSchemaText()) as Record<string, unknown>, '');
  expect(undescribed).toEqual([]);
});
