/** Commands in narrow terminals: whoever copies the lines has the command. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { columnsOf } from '../../../src/cli/render/columns.ts';
import { answerLines, commandLines, nextLines } from '../../../src/cli/render/command-lines.ts';

const SHA = 'c0ffee0123'.repeat(4);
const COMMANDS = [
  `slipway deploy production --sha ${SHA}`,
  `slipway why deploy/shop/production/${SHA}`,
  "slipway deploy production --override-freeze 'it is urgent, and Ada'\\''s'",
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
      const quoted = lines.some((line) => line.includes("'"));
      if (!quoted) for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(width);
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
