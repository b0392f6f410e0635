import { describe, expect, it } from '@jest/globals';
import { LONGEST_SHOWN_LINE, shownLine } from '../../src/store/log-line.ts';

describe('a line of a log', () => {
  it.each([
    ['is itself', '  indented, as it was', '  indented, as it was'],
    ['loses the end that Windows gives it', 'one\r', 'one'],
    ['that redraws itself is its last state', '10%\r50%\r100% done\r', '100% done'],
    ['has no colours and no other controls', '\u001b[31mred\u001b[0m\u0000\u0007\u009b', 'red'],
    ['sets no title and opens no link', '\u001b]0;evil\u0007a\u001b]8;;http://x\u001b\\b', 'ab'],
    ['has blanks for tabs', 'a\tb', 'a  b'],
    ['hides no secret behind a colour', 'pass\u001b[1mword=hunter2hunter2', 'password=***'],
    ['may be empty', '\r', ''],
  ])('%s', (_what, raw, shown) => {
    expect(shownLine(raw)).toBe(shown);
  });

  it('is cut where it is too long, and no character in two', () => {
    const shown = shownLine('😀'.repeat(LONGEST_SHOWN_LINE));
    expect(shown.length).toBeLessThanOrEqual(LONGEST_SHOWN_LINE);
    expect(shown).toMatch(/^(?:😀)+…$/u);
    expect(shownLine('x'.repeat(LONGEST_SHOWN_LINE))).toHaveLength(LONGEST_SHOWN_LINE);
  });
});
