/** docs/plan.md says of each field and each exit code what it is. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { joinPreview } from '../../src/release/preview/join-preview.ts';
import { factsOf } from '../release/preview/facts.ts';

const page = readFileSync(new URL('../../docs/plan.md', import.meta.url), 'utf8');
const named = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);
const table = page.split('## JSON')[1]?.split('\n## ')[0] ?? '';
const rows = [...table.matchAll(/^\| (`.+?) \| (.+) \|$/gm)];

describe('docs/plan.md', () => {
  const preview = joinPreview(factsOf());

  it('names every field of the JSON, and none that is not there', () => {
    const fields = rows.flatMap(([, first = '']) => named(first));
    expect(fields.toSorted()).toEqual(Object.keys(preview).toSorted());
  });

  it.each([
    ['queue', Object.keys(preview.queue)],
    ['services', Object.keys(preview.services[0] ?? {})],
    ['images', Object.keys(preview.images[0] ?? {})],
    ['checks', Object.keys(preview.checks[0] ?? {})],
    ['serving', Object.keys(preview.serving ?? {})],
  ])('names every field of %s', (field, keys) => {
    const row = rows.find(([, first = '']) => named(first).includes(field));
    expect(named(row?.[2] ?? '')).toEqual(expect.arrayContaining(keys));
  });
});
