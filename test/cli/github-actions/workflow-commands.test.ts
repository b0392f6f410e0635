/** Lines for GitHub's runner, read back as the runner reads them. */
import { describe, expect, it } from '@jest/globals';
import {
  annotation,
  groupStart,
  inGitHubActions,
  masks,
  withoutCommands,
} from '../../../src/cli/github-actions/workflow-commands.ts';
import { LogReader } from '../../github-actions/log-reader.ts';

const read = (...lines: readonly string[]): LogReader => {
  const reader = new LogReader();
  for (const line of lines.flatMap((text) => text.split('\n'))) reader.read(line);
  return reader;
};

describe('an annotation', () => {
  it.each([
    ['plain', 'it failed', 'it failed'],
    ['per cent', '100% %0A %25', '100% %0A %25'],
    ['lines', 'one\ntwo', 'one\ntwo'],
    ['a command at the start', '::add-mask::x', '::add-mask::x'],
    ['colons and commas', 'a: b, c::d', 'a: b, c::d'],
    ['colours and returns', '\u001b[31mred\u001b[0m\rhome', 'red home'],
  ])('of %s is one command whose text is that', (_what, message, data) => {
    const { commands, log } = read(annotation({ level: 'error', title: 'x', message }));
    expect(commands).toEqual([{ name: 'error', properties: { title: 'x' }, data }]);
    expect(log).toEqual([]);
  });

  it.each(['a: b, c', 'x,file=/etc/passwd,line=1', 'a::b', '100%', '%2C', 'a\n::error::b'])(
    'whose title is %j has no other property',
    (title) => {
      const [command, ...others] = read(annotation({ level: 'warning', title, message: 'm' })).commands;
      expect(others).toEqual([]);
      expect(command).toEqual({
        name: 'warning',
        properties: { title: title.replaceAll('\n', ' ') },
        data: 'm',
      });
    },
  );

  it('is bounded', () => {
    const line = annotation({ level: 'error', title: 't'.repeat(9_000), message: 'm'.repeat(90_000) });
    expect(line.length).toBeLessThan(3_000);
  });
});

describe('a group', () => {
  it('has a title of one line', () => {
    expect(read(groupStart('a\n::error::b%')).commands).toEqual([
      { name: 'group', properties: {}, data: 'a ::error::b%' },
    ]);
  });
});

describe('a mask', () => {
  it('is one for each line, as the runner compares by line; what is short is left', () => {
    const key = '-----BEGIN KEY-----\nMIIabc%25+/=\r\n--\n';
    expect(read(...masks(key)).commands).toEqual([
      { name: 'add-mask', properties: {}, data: '-----BEGIN KEY-----' },
      { name: 'add-mask', properties: {}, data: 'MIIabc%25+/=' },
    ]);
    expect(masks('')).toEqual([]);
  });
});

describe('text without commands', () => {
  it('is printed, whatever it says, and commands work again after it', () => {
    const text = '::error::a\n##[error]b\n::endstop::\n::stop-commands::mine\n::mine::';
    const reader = read(withoutCommands(text), '::notice::after');
    expect(reader.commands.map(({ name }) => name)).toEqual(['stop-commands', 'notice']);
    expect(reader.log).toEqual(text.split('\n'));
    expect(reader.isStopped).toBe(false);
  });

  it('has another token each time', () => {
    expect(withoutCommands('x')).not.toBe(withoutCommands('x'));
  });
});

describe('GitHub Actions', () => {
  it('is where GITHUB_ACTIONS says so', () => {
    expect([{ GITHUB_ACTIONS: 'true' }, { GITHUB_ACTIONS: '' }, { CI: 'true' }].map(inGitHubActions)).toEqual(
      [true, false, false],
    );
  });
});
