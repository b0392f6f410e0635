/** What the outcomes of dry calls come to, and the command that mends them. */

import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { outcomeOf } from '../../../src/cli/doctor/aws.ts';
import { CHANGES, PERMISSION_CALLS } from '../../../src/cli/doctor/permission-calls.ts';
import { allow, judge, judgeChanges } from '../../../src/cli/doctor/permissions.ts';

const ABOUT = { id: 'aws.permissions.ecs', what: 'reads of ecs' } as const;
const USER = { account: '123456789012', arn: 'arn:aws:iam::123456789012:user/team/ada' };
const ROLE = { account: '123456789012', arn: 'arn:aws:sts::123456789012:assumed-role/deploy-role/session-1' };

const call = (action: string) => {
  const found = PERMISSION_CALLS.find((each) => each.action === action);
  if (found === undefined) throw new Error(`no such call: ${action}`);
  return found;
};

const error = (name: string, status?: number): Error =>
  Object.assign(new Error('x'), { name, ...(status && { $metadata: { httpStatusCode: status } }) });

describe('an error says of the right to make the call', () => {
  it.each([
    ['denied', error('AccessDeniedException', 400)],
    ['denied', error('AccessDenied', 403)],
    ['denied', error('UnauthorizedOperation', 403)],
    ['allowed', error('ClusterNotFoundException', 400)],
    ['allowed', error('ResourceNotFoundException', 400)],
    ['allowed', error('ClientException', 400)],
    ['no-answer', error('ThrottlingException', 400)],
    ['no-answer', error('InternalFailure', 500)],
    ['no-answer', error('TooMany', 429)],
    ['no-answer', error('TimeoutError')],
    ['no-answer', error('AbortError')],
    ['unknown-there', error('UnknownOperationException', 400)],
    ['unknown-there', error('InvalidAction', 400)],
  ] as const)('%s: %s', (outcome, thrown) => {
    expect(outcomeOf(thrown)).toBe(outcome);
  });
});

describe('the reads of one service', () => {
  it('are fine where all are allowed', () => {
    const tried = [{ call: call('ecs:ListTasks'), outcome: 'allowed' as const }];
    expect(judge(ABOUT, tried, USER, 'look there')).toEqual({
      ...ABOUT,
      state: 'ok',
      says: 'allowed: ListTasks',
      fix: undefined,
    });
  });

  it('are broken where one that every release needs is denied, with the command that allows it', () => {
    const tried = [
      { call: call('ecs:ListTasks'), outcome: 'denied' as const },
      { call: call('ecs:ListServices'), outcome: 'denied' as const },
      { call: call('ecs:DescribeTasks'), outcome: 'allowed' as const },
    ];
    expect(judge(ABOUT, tried, ROLE, 'look there')).toEqual({
      ...ABOUT,
      state: 'broken',
      says: 'denied: ListTasks; denied, and optional: ListServices (for slipway gc)',
      fix: 'aws iam put-role-policy --role-name deploy-role --policy-name slipway-ecs --policy-document \'{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ecs:ListTasks","ecs:ListServices"],"Resource":"*"}]}\'',
    });
  });

  it('are a warning where only what is for something special is denied', () => {
    const finding = judge(
      ABOUT,
      [{ call: call('logs:GetLogEvents'), outcome: 'denied' }],
      undefined,
      'look there',
    );
    expect(finding).toMatchObject({
      state: 'warning',
      fix: 'allow it in the policy of this identity: logs:GetLogEvents',
    });
    expect(finding.says).toContain('a right on the real ones will do');
  });

  it('are broken where one is not answered, and not asked where nobody knows them', () => {
    const tried = (outcome: 'no-answer' | 'unknown-there') => [{ call: call('ecs:ListTasks'), outcome }];
    expect(judge(ABOUT, tried('no-answer'), USER, 'look there')).toMatchObject({
      state: 'broken',
      says: 'no answer to ListTasks',
      fix: 'look there',
    });
    const special = [{ call: call('logs:GetLogEvents'), outcome: 'no-answer' as const }];
    expect(judge(ABOUT, special, USER, 'look there').state).toBe('warning');
    expect(judge(ABOUT, tried('unknown-there'), USER, 'look there').state).toBe('not-asked');
  });
});

describe('changes, by IAM’s simulation', () => {
  const about = { id: 'aws.changes', what: 'changes' } as const;
  it.each([
    [[['ecs:UpdateService', 'allowed']], 'ok'],
    [
      [
        ['ecs:UpdateService', 'allowed'],
        ['ecr:PutImage', 'implicitDeny'],
      ],
      'warning',
    ],
    [
      [
        ['ecs:UpdateService', 'explicitDeny'],
        ['ecr:PutImage', 'implicitDeny'],
      ],
      'broken',
    ],
    [[], 'not-asked'],
  ] as const)('%j: %s', (decided, state) => {
    expect(
      judgeChanges(
        about,
        decided.map(([action, decision]) => ({ action, decision })),
        USER,
      ).state,
    ).toBe(state);
  });
});

describe('the command that allows', () => {
  it('is for the user without the path of its name', () => {
    expect(allow(USER, ['ecr:PutImage'])).toContain(
      'aws iam put-user-policy --user-name ada --policy-name slipway-ecr',
    );
  });

  it.each(['', 'arn:aws:iam::123456789012:root', "arn:aws:iam::123456789012:user/a'; reboot"])(
    'names nobody for %j',
    (arn) => {
      expect(allow({ account: '', arn }, ['ecr:PutImage'])).toBe(
        'allow it in the policy of this identity: ecr:PutImage',
      );
    },
  );
});

it('every action that README.md says a pool calls is asked for, or said to be a change', async () => {
  const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
  const rows = new Map(
    [...readme.matchAll(/^\| (build|deploy) \| (.*) \|$/gm)].map(([, pool = '', text = '']) => [pool, text]),
  );
  for (const pool of ['build', 'deploy'] as const) {
    // Rights in another account are for that account to give.
    const own = (rows.get(pool) ?? '').replace(/where images are promoted from another account[^;]*;/, '');
    let service = '';
    const named = [...own.matchAll(/`(?:([a-z]+):)?([A-Z]\w+)`/g)].map(([, prefix, action]) => {
      service = prefix ?? service;
      return `${service}:${action}`;
    });
    const known = [
      ...PERMISSION_CALLS.filter(({ pools }) => pools.includes(pool)).map(({ action }) => action),
      ...CHANGES[pool],
    ];
    expect(named.length).toBeGreaterThan(8);
    expect({ pool, missing: named.filter((action) => !known.includes(action)) }).toEqual({
      pool,
      missing: [],
    });
    expect({ pool, more: known.filter((action) => !named.includes(action)) }).toEqual({ pool, more: [] });
  }
});
