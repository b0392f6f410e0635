/**
 * Every form in which Temporal's CLI and UI can send a message, sent by the real CLI: understood, or recorded as refused –
 * and never a workflow task that fails, as that would stop the release for ever.
 */
import { describe, expect, it } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { execa } from 'execa';
import { OPERATOR_ACTIONS } from '../../src/release/operator.ts';
import type { OperatorRecord } from '../../src/release/verdict.ts';
import { findTool } from '../../src/tools.ts';
import { FakePools } from '../fakes/activities.ts';
import { failedTasks } from './failed-tasks.ts';
import { reportOf, startDeploy, statusWhen, withPools } from './harness.ts';
import { serverForAll } from './server-for-all.ts';

let env: TestWorkflowEnvironment;
serverForAll((server) => {
  ({ env } = server);
});

const temporal = async (...args: readonly string[]) =>
  execa(await findTool('temporal'), [...args, '--address', env.address], { reject: false, all: true });

const input = (text: string, ...meta: readonly string[]): readonly string[] => [
  '--input',
  text,
  ...meta.flatMap((value) => ['--input-meta', value]),
];

const OBJECT = '{"reason":"odd traffic","who":"ada"}';
const ADA = { who: 'ada', reason: 'odd traffic' };
const NOBODY = { who: 'somebody', reason: '' };
const NOT_UNDERSTOOD = expect.stringMatching(/expected an object such as/);

/** As `resume` of a release that is paused: taken, or refused as it cannot be understood. */
const TAKEN: readonly (readonly [string, readonly string[], object])[] = [
  ['no input', [], NOBODY],
  ['null', input('null'), NOBODY],
  ['an empty object', input('{}'), NOBODY],
  ['an object', input(OBJECT), ADA],
  ['a bare text', input('"odd traffic"'), { reason: 'odd traffic' }],
  ['json/protobuf, as the UI offers it', input(OBJECT, 'encoding=json/protobuf'), ADA],
  ['an encoding that nobody knows', input(OBJECT, 'encoding=my/own'), ADA],
  ['two inputs', [...input(OBJECT), ...input('7')], ADA],
];

const REFUSED: readonly (readonly [string, readonly string[]])[] = [
  ['a number', input('7')],
  ['a switch', input('true')],
  ['a list', input('["odd traffic"]')],
  ['bytes', input('odd traffic', 'encoding=binary/plain')],
  ['bytes of an encoding that nobody knows', input('odd traffic', 'encoding=my/own')],
];

const pausedRelease = async (work: (handle: WorkflowHandle) => Promise<void>): Promise<void> =>
  withPools(env, new FakePools(), async () => {
    const handle = await startDeploy(env);
    await handle.signal('pause');
    await statusWhen(handle, ({ hold }) => hold !== null);
    await work(handle);
    expect(await failedTasks(handle)).toEqual([]);
    await handle.terminate().catch(() => undefined);
  });

const recordOf = async (handle: WorkflowHandle, action: string): Promise<OperatorRecord | undefined> => {
  const { operators } = await statusWhen(handle, ({ operators: said }) =>
    said.some((record) => record.action === action),
  );
  return operators.find((record) => record.action === action);
};

describe('a signal', () => {
  it('is taken in every form that can be understood', async () => {
    for (const [what, form, expected] of TAKEN) {
      await pausedRelease(async (handle) => {
        const sent = await temporal(
          'workflow',
          'signal',
          '-w',
          handle.workflowId,
          '--name',
          'resume',
          ...form,
        );
        expect({ what, exitCode: sent.exitCode, all: sent.all }).toMatchObject({ exitCode: 0 });
        expect({ what, ...(await recordOf(handle, 'resume')) }).toMatchObject({ what, ...expected });
      });
    }
  });

  it('is recorded as refused where it cannot, and the release stays as it was', async () => {
    await pausedRelease(async (handle) => {
      for (const [index, [, form]] of REFUSED.entries()) {
        const sent = await temporal(
          'workflow',
          'signal',
          '-w',
          handle.workflowId,
          '--name',
          'abort',
          ...form,
        );
        expect(sent.exitCode).toBe(0);
        await statusWhen(handle, ({ operators }) => operators.length === index + 2);
      }
      const { operators, hold } = await statusWhen(handle, () => true);
      expect(operators.slice(1)).toEqual(
        REFUSED.map(() => expect.objectContaining({ accepted: false, answer: NOT_UNDERSTOOD })),
      );
      expect(hold?.kind).toBe('paused');
      await handle.signal('resume');
      expect((await reportOf(handle)).verdict).toBe('succeeded');
    });
  });

  it('of any action with a wrong input fails nothing', async () => {
    await pausedRelease(async (handle) => {
      for (const action of OPERATOR_ACTIONS) {
        const form = input('[7]', 'encoding=json/protobuf');
        await temporal('workflow', 'signal', '-w', handle.workflowId, '--name', action, ...form);
      }
      const { operators } = await statusWhen(handle, ({ operators: said }) => said.length === 10);
      expect(operators.filter(({ accepted }) => accepted)).toEqual([operators[0]]);
    });
  });
});

describe('an update', () => {
  const update = (handle: WorkflowHandle, name: string, form: readonly string[]) =>
    temporal('workflow', 'update', 'execute', '-w', handle.workflowId, '--name', name, ...form);

  it.each(REFUSED)('is refused with words where it is %s', async (_what, form) => {
    await pausedRelease(async (handle) => {
      const sent = await update(handle, 'abort', form);
      expect(sent.exitCode).not.toBe(0);
      expect(sent.all).toMatch(/not understood: expected an object such as/);
    });
  });

  it.each([
    ['no input', []],
    ['an object', input(OBJECT)],
    ['a bare text', input('"odd traffic"')],
    ['json/protobuf', input(OBJECT, 'encoding=json/protobuf')],
  ])('is answered where it is %s', async (_what, form) => {
    await pausedRelease(async (handle) => {
      const sent = await update(handle, 'resume', form);
      expect(sent.exitCode).toBe(0);
      expect(sent.all).toContain('it goes on');
    });
  });
});

describe('the start', () => {
  it.each([
    [
      'json/protobuf',
      input('{"environment":"production","sha":"aaaaaaa"}', 'encoding=json/protobuf'),
      'succeeded',
    ],
    ['a bare text', input('"production"'), 'failed'],
    ['bytes', input('production', 'encoding=my/own'), 'failed'],
    ['no input', [], 'failed'],
  ])('with %s ends with a verdict', async (what, form, verdict) => {
    await withPools(env, new FakePools(), async () => {
      const id = `start-${what}`;
      const args = ['--type', 'deploy', '--task-queue', 'slipway-control', '-w', id, ...form];
      expect((await temporal('workflow', 'start', ...args)).exitCode).toBe(0);
      const report = await reportOf(env.client.workflow.getHandle(id));
      expect(report.verdict).toBe(verdict);
      if (verdict === 'failed') expect(report.cause?.summary).toMatch(/the input of the release/);
    });
  });
});
