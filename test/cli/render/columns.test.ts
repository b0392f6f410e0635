import { describe, expect, it } from '@jest/globals';
import stringWidth from 'string-width';
import { columnsOf, cutTo, padded, padTo, widest } from '../../../src/cli/render/columns.ts';

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

describe('columns', () => {
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

  it('are what a table of names is as wide as, whatever stands in them', () => {
    expect(widest([])).toBe(0);
    expect(widest(['api', '日本語', 'a\u001b[31mb'])).toBe(6);
    expect(widest(['api', '日本語'], 4)).toBe(4);
    expect(['api', '日本語'].map((name) => `${padded(name, 6)}|`)).toEqual(['api   |', '日本語|']);
    expect(padded('longer', 3)).toBe('longer');
  });
});
