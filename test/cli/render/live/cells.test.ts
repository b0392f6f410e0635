import { describe, expect, it } from '@jest/globals';
import stringWidth from 'string-width';
import { columnsOf, cutTo, padTo } from '../../../../src/cli/render/columns.ts';
import { lineOf } from '../../../../src/cli/render/live/cells.ts';

const TEXTS = [
  '',
  'plain',
  'fünf',
  '日本語テキスト',
  '👩👩👧👦',
  '🇩🇪🇫🇷',
  '👍🏽👍🏽',
  '❤️❤️',
  '1️⃣2️⃣',
  'ｆｕｌｌ',
  'e\u0301e\u0301e\u0301',
  '한국어',
  'x'.repeat(100),
];

describe('cells', () => {
  it.each(TEXTS)('of %j take no more columns than was counted', (text) => {
    expect(columnsOf(text)).toBeGreaterThanOrEqual(stringWidth(text));
  });

  it('count what some terminals join and others do not as if they did not', () => {
    expect(['👍🏽', '🇩🇪', '👍', '❤️', '日'].map(columnsOf)).toEqual([4, expect.any(Number), 2, 2, 2]);
    expect(columnsOf('🇩🇪')).toBeGreaterThanOrEqual(2);
  });

  it.each(TEXTS)('cut and pad %j to any width', (text) => {
    for (let columns = 0; columns < 12; columns += 1) {
      expect(columnsOf(cutTo(text, columns))).toBeLessThanOrEqual(columns);
      expect(columnsOf(padTo(text, columns))).toBe(columns);
    }
    expect(cutTo(text, columnsOf(text))).toBe(text);
  });

  it('make a line that ends where the terminal does', () => {
    expect(lineOf(12, ['one', 'two', 'three'])).toBe('one  two  t…');
    expect(lineOf(11, ['one', 'two', 'three'])).toBe('one  two');
    expect(lineOf(80, ['one', undefined, '', { text: 'two', paint: (text) => `<${text}>` }], '  ')).toBe(
      '  one  <two>',
    );
    expect(lineOf(0, ['one'])).toBe('');
  });

  it('colour only what is shown, so that no code is cut', () => {
    expect(lineOf(6, [{ text: 'rather long', paint: (text) => `\u001b[31m${text}\u001b[39m` }])).toBe(
      '\u001b[31mrathe…\u001b[39m',
    );
  });

  it('let nothing through that a terminal obeys', () => {
    expect(lineOf(80, ['a\u001b[2Jb\u009bAc\rd\ne\u202ef\u0007'])).toBe('abc d ef');
  });
});
