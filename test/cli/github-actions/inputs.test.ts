/** What a workflow asks for, and what is refused, left aside or taken of the official action's inputs. */
import { describe, expect, it } from '@jest/globals';
import { type ActionInputs, readInputs } from '../../../src/cli/github-actions/inputs.ts';
import { inputVariable, OFFICIAL_INPUTS } from '../../../src/cli/github-actions/official-inputs.ts';

const SHA = 'C0FFEE'.repeat(7).slice(0, 40);

const read = (
  inputs: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): ActionInputs =>
  readInputs({
    GITHUB_SHA: SHA,
    GITHUB_EVENT_NAME: 'push',
    ...env,
    ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [inputVariable(name), value])),
  });

describe('inputs', () => {
  it('that are not given have defaults: wait for the end, of the commit of the run', () => {
    expect(read({ environment: '', app: ' ' })).toEqual({
      app: undefined,
      environment: undefined,
      sha: SHA,
      cluster: undefined,
      service: undefined,
      taskDefinition: undefined,
      detach: false,
      timeoutMs: undefined,
      allowOlder: false,
      force: false,
      overrideFreeze: undefined,
      warnings: [],
    });
  });

  it.each<[Record<string, string>, Partial<ActionInputs>]>([
    [{ 'wait-for-service-stability': 'true' }, { detach: false }],
    [{ 'wait-for-service-stability': 'FALSE' }, { detach: true }],
    [{ detach: 'true' }, { detach: true }],
    [{ detach: 'true', 'wait-for-service-stability': 'false' }, { detach: true }],
    [{ detach: 'false', 'wait-for-service-stability': 'false' }, { detach: false }],
    [{ 'wait-for-minutes': '15' }, { timeoutMs: 900_000 }],
    [{ timeout: '90' }, { timeoutMs: 90_000 }],
    [{ timeout: '1h30m' }, { timeoutMs: 5_400_000 }],
    [{ 'force-new-deployment': 'true' }, { force: true }],
    [{ force: 'true' }, { force: true }],
    [{ force: 'false', 'force-new-deployment': 'false' }, { force: false }],
    [
      { 'allow-older': 'true', 'override-freeze': 'urgent' },
      { allowOlder: true, overrideFreeze: 'urgent' },
    ],
    [{ sha: SHA }, { sha: SHA.toLowerCase() }],
    [{ sha: 'main' }, { sha: 'main' }],
  ])('%j mean %j', (inputs, meant) => {
    expect(read(inputs)).toMatchObject({ ...meant, warnings: [] });
  });

  it('wait at most six hours, as the official action, and say so', () => {
    expect(read({ 'wait-for-minutes': '999' })).toMatchObject({
      timeoutMs: 360 * 60_000,
      warnings: ['wait-for-minutes: 360 is the most, and is taken'],
    });
  });

  it.each<[Record<string, string>, RegExp]>([
    [{ detach: 'yes' }, /^detach: expected true or false, got "yes"$/],
    [{ detach: 'true', 'wait-for-service-stability': 'true' }, /contradict each other/],
    [{ timeout: '10m', 'wait-for-minutes': '10' }, /give one of them/],
    [{ timeout: 'soon' }, /^timeout: Expected a duration/],
    [{ 'wait-for-minutes': '-1' }, /^wait-for-minutes: expected a number above 0/],
    [{ 'wait-for-minutes': 'NaN' }, /^wait-for-minutes/],
  ])('%j are a mistake', (inputs, text) => {
    expect(() => read(inputs)).toThrow(
      expect.objectContaining({ type: 'ConfigurationError', message: expect.stringMatching(text) }),
    );
  });

  it('with several mistakes say them all at once', () => {
    expect(() => read({ detach: 'x', force: 'y', 'desired-count': '2' })).toThrow(
      /desired-count.*\n.*detach.*\n.*force/,
    );
  });

  it.each(['pull_request', 'pull_request_target', 'workflow_run'])(
    'on %s need a commit, as GITHUB_SHA is another one there',
    (event) => {
      expect(() => read({}, { GITHUB_EVENT_NAME: event })).toThrow(
        /^sha: on .* it has to be given, such as \$\{\{/,
      );
      expect(read({ sha: SHA }, { GITHUB_EVENT_NAME: event }).sha).toBe(SHA.toLowerCase());
    },
  );
});

describe('each input of the official action', () => {
  it.each(OFFICIAL_INPUTS.filter(({ fate }) => fate === 'refused').map(({ name }) => name))(
    '%s is refused',
    (name) => {
      expect(() => read({ [name]: 'true' })).toThrow(new RegExp(`^${name} is not taken: `));
    },
  );

  const ignored = OFFICIAL_INPUTS.filter(
    ({ name, fate }) => fate === 'ignored' && name !== 'task-definition',
  );
  it.each(ignored.map(({ name }) => name))('%s is left aside, and what replaces it is said', (name) => {
    expect(read({ [name]: 'x' }).warnings).toEqual([
      expect.stringMatching(new RegExp(`^${name} is left aside: .{20}`)),
    ]);
  });
});
