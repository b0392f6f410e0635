import { expect, it } from '@jest/globals';
import { forReader, type Terminal } from '../../src/cli/terminal.ts';

it('a terminal that a command is handed is as wide as its window is at that moment', () => {
  let columns = 80;
  const style = {
    color: false,
    get width() {
      return columns;
    },
  };
  const terminal: Terminal = {
    env: {},
    result: () => {},
    progress: () => {},
    resultStyle: style,
    progressStyle: style,
  };
  const handed = forReader(terminal, 'shop');
  columns = 120;
  expect(handed.resultStyle).toMatchObject({ width: 120, impliedApp: 'shop' });
  expect(handed.progressStyle).toMatchObject({ width: 120, impliedApp: 'shop' });
});
