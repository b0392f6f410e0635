import { describe, expect, it } from '@jest/globals';
import { lineOf } from '../../../../src/cli/render/live/cells.ts';

describe('cells', () => {
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
