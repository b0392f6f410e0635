/** Commands in narrow terminals: whoever copies the lines has the command. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { columnsOf } from '../../../src/cli/render/columns.ts';
import { adviceLines, answerLines, commandLines, nextLines } from '../../../src/cli/render/command-lines.ts';
import { fitted } from '../../../src/cli/render/wrap.ts';
import { shellWord } from '../../../src/release/shell-word.ts';

const SHA = 'c0ffee0123'.repeat(4);
const COMMANDS = [
  `slipway deploy production --sha ${SHA}`,
  `slipway why deploy/shop/production/${SHA}`,
  "slipway deploy production --override-freeze 'it is urgent, and Ada'\\''s'",
  `slipway deploy production --override-freeze ${shellWord(`${'it is urgent, '.repeat(8)}and it's Ada's \\ word`)}`,
  `slipway why ${shellWord(`two  blanks, a\ttab\nand\n\n${'more lines\n'.repeat(9)}of 🚀 all`)} --app shop`,
  'aws ecs update-service --cluster shop --service api --task-definition api:7 --force-new-deployment',
];

/** As a shell reads them. */
const words = (text: string): string[] =>
  execFileSync('bash', ['-c', `printf '%s\\n' ${text}`], { encoding: 'utf8' })
    .trimEnd()
    .split('\n');

describe('a command', () => {
  it.each(COMMANDS.flatMap((command) => [80, 60, 40, 24].map((width) => ({ command, width }))))(
    'is the same for a shell in lines of $width: $command',
    ({ command, width }) => {
      const lines = commandLines(command, '    ', width);
      expect(words(lines.join('\n'))).toEqual(words(command));
      // The bytes of a sign stay in one piece.
      const most = command.includes('printf') ? Math.max(40, width) : width;
      for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(most);
      // What fits is not broken again.
      expect(fitted(lines.join('\n'), { color: false, width: most, wrap: true })).toBe(lines.join('\n'));
    },
  );

  it('stands below what it is for where it does not fit beside it', () => {
    const line = `this report again: slipway why deploy/shop/production/${SHA}`;
    expect(nextLines([line], { color: false, width: 80, wrap: true })).toEqual([
      '  this report again:',
      `    slipway why deploy/shop/production/${SHA}`,
    ]);
    expect(nextLines([line], { color: false, width: 80 })).toEqual([`  ${line}`]);
    expect(nextLines(['again: slipway deploy'], { color: false, width: 80, wrap: true })).toEqual([
      '  again: slipway deploy',
    ]);
  });

  it('ends where the next one begins', () => {
    expect(commandLines('slipway rollback x --to 3; slipway history x', '', 30)).toEqual([
      'slipway rollback x --to 3;',
      '  slipway history x',
    ]);
  });

  it('that is advised stands on lines of its own where the advice does not fit one', () => {
    const style = { color: false, width: 60, wrap: true };
    const id = `deploy/shop/production/${SHA}`;
    const asked = shellWord("why; it's – urgent");
    const advice = `Watch it: slipway watch ${id}; or end it: slipway abort ${id} --reason ${asked} – in the end`;
    expect(adviceLines(advice, { ...style, wrap: false })).toEqual([`  ${advice}`]);
    expect(adviceLines('How it stands: slipway why production', style)).toEqual([
      '  How it stands: slipway why production',
    ]);
    const lines = adviceLines(advice, style);
    for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(60);
    const at = (line: string): number => lines.indexOf(line);
    expect(words(lines.slice(at('  Watch it:') + 1, at('  or end it:')).join('\n'))).toEqual([
      'slipway',
      'watch',
      id,
    ]);
    expect(words(lines.slice(at('  or end it:') + 1, at('  in the end')).join('\n'))).toEqual([
      'slipway',
      'abort',
      id,
      '--reason',
      "why; it's – urgent",
    ]);
    expect(adviceLines(`Did you mean production? slipway deploy production --sha ${SHA}`, style)).toEqual([
      '  Did you mean production?',
      '    slipway deploy production --sha \\',
      `      ${SHA}`,
    ]);
  });

  it('that answers stands beside its word while all do', () => {
    const answers = [
      ['yes', 'slipway approve production'],
      ['no', 'slipway deny production'],
    ] as const;
    const beside = ['  yes:  slipway approve production', '  no:   slipway deny production'];
    expect(answerLines(answers)).toEqual(beside);
    expect(answerLines(answers, { color: false, width: 40, wrap: true })).toEqual(beside);
    expect(answerLines(answers, { color: false, width: 30, wrap: true })).toEqual([
      '  yes:',
      '    slipway approve production',
      '  no:',
      '    slipway deny production',
    ]);
  });
});
