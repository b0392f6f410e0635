/** Text for a terminal fits it, whatever its width: no line is longer, no word is lost, what goes on stands below. */
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import pc from 'picocolors';
import { columnsOf } from '../../../src/cli/render/columns.ts';
import { fitted, wrapLine } from '../../../src/cli/render/wrap.ts';
import { randomFrom } from '../../random.ts';

const colors = pc.createColors(true);

describe('a line that is too long', () => {
  it.each([
    ['fits', 'fits as it is', 20, ['fits as it is']],
    ['goes on below its text', '  one two three four', 16, ['  one two three', '    four']],
    [
      'goes on below its last cell',
      '  name  state  what there is to say of it',
      30,
      ['  name  state  what there is', '               to say of it'],
    ],
    [
      'goes on below an earlier cell where the last one is far to the right',
      '  a  a rather long text  and more',
      26,
      ['  a  a rather long text', '     and more'],
    ],
    [
      'of evidence goes on behind its bar',
      '  │   Traceback of something',
      20,
      ['  │   Traceback of', '  │     something'],
    ],
    [
      'has a word that no line has room for',
      'see aaaaaaaaaaaaaaaaaaaa',
      14,
      ['see', '  aaaaaaaaaaaa', '  aaaaaaaa'],
    ],
    [
      'has a word that fits only further to the left',
      '  a  started  deploy/shop/production/0123',
      30,
      ['  a  started', '  deploy/shop/production/0123'],
    ],
    ['of wide signs', '日本語 日本語 日本語', 15, ['日本語 日本語', '  日本語']],
  ])('%s', (_what, line, width, expected) => {
    expect(wrapLine(line, width)).toEqual(expected);
  });

  it('keeps its colours, and counts none of them', () => {
    const line = `  ${colors.red('✗ stable:api')}  ${colors.dim('exit code one, two times')}`;
    const lines = wrapLine(line, 32);
    expect(lines.map(stripVTControlCharacters)).toEqual([
      '  ✗ stable:api  exit code one,',
      '                two times',
    ]);
    expect(lines.join('')).toContain('\u001b[31m✗ stable:api\u001b[39m');
  });

  it('is never longer than the width, and loses nothing', () => {
    const next = randomFrom(7);
    const any = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
    const words = [
      'a',
      'word',
      'sha256:0123456789ab',
      '日本語',
      '👩‍👩‍👧',
      'x'.repeat(70),
      colors.red('red'),
      '::error::',
    ];
    for (let round = 0; round < 2_000; round += 1) {
      const cells = Array.from({ length: any(1, 20) }, () => words[any(0, words.length - 1)] ?? '');
      const lead = ['', '  ', '  │ ', '      '][any(0, 3)] ?? '';
      const line =
        lead +
        cells
          .map((cell) => cell + ' '.repeat(any(1, 3)))
          .join('')
          .trimEnd();
      const width = any(16, 100);
      const lines = wrapLine(line, width);
      for (const each of lines) {
        expect({ line, width, each, fits: columnsOf(stripVTControlCharacters(each)) <= width }).toMatchObject(
          {
            fits: true,
          },
        );
      }
      const solid = (text: string): string => stripVTControlCharacters(text).replaceAll(/[\s│]/g, '');
      expect(solid(lines.join(''))).toBe(solid(line));
    }
  });
});

describe('a text', () => {
  it('stays as it is where there is no terminal', () => {
    expect(fitted('one two three\n', { color: false, width: 8 })).toBe('one two three\n');
  });

  it('begins no line with what a CI runner takes for a command, broken or not', () => {
    const text = fitted('what he said ::error::was this\n::notice::and that', {
      color: false,
      width: 20,
      wrap: true,
    });
    expect(text).not.toMatch(/^\s*::/m);
  });
});
