import { describe, expect, it } from '@jest/globals';
import { nameList, plainLine, summaryLine } from '../../../src/release/page/inert.ts';
import { HOSTILE } from './scenes.ts';

describe('a plain line', () => {
  it.each([
    ['two\nlines\tand  more ', 'two lines and more'],
    [`${String.fromCharCode(27)}[1;31mred${String.fromCharCode(27)}[0m`, 'red'],
    ['a\u202eb\u200bc\u0000d', 'abcd'],
  ])('%j is %j', (text, line) => expect(plainLine(text, 100)).toBe(line));

  it('is cut between characters', () => {
    expect(plainLine('🚢🚢🚢', 4)).toBe('🚢…');
    expect(plainLine('🚢🚢🚢', 6)).toBe('🚢🚢🚢');
  });
});

describe('a summary', () => {
  it.each(HOSTILE)('holds nothing that Markdown takes for its own: %j', (text) => {
    const summary = summaryLine(`check ${text}`);
    expect(summary).toMatch(/^check /);
    expect(summary).not.toMatch(/[[\]<>`|\n\u202e\u200b]|:\/\/|www\.|^#/);
    expect(summaryLine(text.repeat(99)).length).toBeLessThanOrEqual(200);
  });
});

describe('a list of names', () => {
  it.each([
    [[], 'nothing'],
    [['a'], 'a'],
    [['a', 'b', 'c', 'd', 'e', 'f'], 'a, b, c, d, e, f'],
    [['a', 'b', 'c', 'd', 'e', 'f', 'g'], 'a, b, c, d, e and 2 more'],
  ])('%j is %s', (names, list) => expect(nameList(names)).toBe(list));
});
