/** Nothing that a commit, a log or AWS says can steer the terminal. */
import { describe, expect, it } from '@jest/globals';
import { cut, inert, jsonText, oneLine, safeLines } from '../../../src/cli/render/sanitize.ts';

describe('one line', () => {
  it.each([
    ['colours', '\u001b[31mred\u001b[0m', 'red'],
    ['a cleared screen', 'a\u001b[2J\u001b[Hb', 'ab'],
    ['a window title', '\u001b]0;owned\u0007text', 'text'],
    ['a hyperlink', '\u001b]8;;https://evil\u001b\\click\u001b]8;;\u001b\\', 'click'],
    ['an 8-bit control sequence', 'a\u009b31mb', 'ab'],
    ['backspaces', 'safe\b\b\b\bevil', 'safeevil'],
    ['carriage returns', 'fine\rfailed', 'fine failed'],
    ['line breaks', 'a\nb\r\nc', 'a b c'],
    ['reordered text', 'a\u202eb\u2066c', 'abc'],
    ['hidden text', 'a\u200bb\ufeffc', 'abc'],
    ['a lonely escape', 'a\u001bb', 'ab'],
    ['a command for GitHub’s runner, wherever it stands', 'a ##[error]b', 'a ## [error]b'],
    ['one that hides behind a mark', 'a #\u200b#[error]b', 'a ## [error]b'],
    ['commands for other runners', '##vso[task]a ##teamcity[b', '## vso[task]a ## teamcity[b'],
  ])('%s', (_case, text, expected) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
    expect(oneLine(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    expect(oneLine(text)).toBe(expected);
  });

  it('keeps letters of all languages, and emoji', () => {
    expect(oneLine('für 東京 ✓ 🚀')).toBe('für 東京 ✓ 🚀');
  });
});

describe('several lines', () => {
  it('keeps indentation, drops empty lines and controls', () => {
    expect(safeLines('a\n\n\t\u001b[1mb\u001b[0m\r\n  c\u0000  ')).toEqual(['a', '  b', '  c']);
  });
});

describe('commands for a CI runner', () => {
  it.each([
    ['::error::x', '│ ::error::x'],
    ['  ::error::x', '  │ ::error::x'],
    ['\t\u00a0::add-mask::x', '\t\u00a0│ ::add-mask::x'],
    ['fine\n::error::x\n\n ::y', 'fine\n│ ::error::x\n\n │ ::y'],
    ['a ::b', 'a ::b'],
    ['│ ::b', '│ ::b'],
    [':a', ':a'],
  ])('are none at the begin of a line: %j', (text, expected) => {
    expect(inert(text)).toBe(expected);
  });

  it('are none in several lines of a log', () => {
    expect(safeLines('a\n##[add-mask]b')).toEqual(['a', '## [add-mask]b']);
  });

  it('are none in JSON, whose value stays the same', () => {
    const value = { '##[a]': ['##[error]b', '::c'] };
    expect(jsonText(value, 2)).not.toContain('##[');
    expect(jsonText(value, 2)).not.toMatch(/^\s*::/m);
    expect(JSON.parse(jsonText(value))).toEqual(value);
  });
});

describe('cut', () => {
  it.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['ab🚀cd', 4, 'ab…'],
    ['ab🚀cd', 5, 'ab🚀…'],
  ])('%s to %i is %s', (text, width, expected) => {
    expect(cut(text, width)).toBe(expected);
  });
});
