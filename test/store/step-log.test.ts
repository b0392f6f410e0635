import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createFolderStore } from '../../src/store/folder-store.ts';
import { createRedactor } from '../../src/store/redact.ts';
import { openStepLog, type StepLog } from '../../src/store/step-log.ts';
import type { Store } from '../../src/store/store.ts';

let root: string;
let store: Store;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'slipway-log-'));
  store = createFolderStore(root);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const open = (attempt = 1, secrets: string[] = []): StepLog =>
  openStepLog({ store, workflowId: 'deploy/a/b/c', runId: 'r', step: 'check:api', attempt, secrets });

const whole = async (): Promise<string> => (await store.readLog('logs/deploy_a_b_c/r/check-api.log', 0)).text;

describe('openStepLog', () => {
  it('keeps what was written, in order, whatever the pieces', async () => {
    const log = open();
    for (const piece of ['a', 'b\nc', '\n', '\nd\ne']) log.write(piece);
    await log.close();
    expect((await whole()).split('\n').slice(1)).toEqual(['ab', 'c', '', 'd', 'e', '']);
  });

  it('appends the attempts of one step under a header each', async () => {
    for (const attempt of [1, 2]) {
      const log = open(attempt);
      log.write(`try ${attempt}\n`);
      await log.close();
    }
    expect(await whole()).toMatch(
      /^--- check:api, attempt 1, \S+ ---\ntry 1\n--- check:api, attempt 2, \S+ ---\ntry 2\n$/,
    );
  });

  it('has the tail of this attempt at hand, an unfinished line included', async () => {
    const log = open();
    expect(log.tail(5)).toEqual([]);
    for (let n = 0; n < 1000; n += 1) log.write(`line ${n}\n`);
    log.write('Downloading 40%');
    expect(log.tail(3)).toEqual(['line 998', 'line 999', 'Downloading 40%']);
    await log.close();
    expect((await whole()).split('\n')).toHaveLength(1003);
  });

  it('writes no secret, also when it comes in two pieces', async () => {
    const log = open(1, ['hunter2hunter2']);
    log.write('password is hunter2');
    log.write('hunter2, it seems\nand hunter2hunter2');
    expect(log.tail(2)).toEqual(['password is ***, it seems', 'and ***']);
    await log.close();
    expect(await whole()).not.toContain('hunter2');
  });

  it('does not fail the step when the log cannot be written, but says so once', async () => {
    const errors: unknown[] = [];
    const full = { ...store, appendLog: () => Promise.reject(new Error('ENOSPC')) };
    const log = openStepLog({
      store: full,
      workflowId: 'w',
      runId: 'r',
      step: 's',
      attempt: 1,
      onError: (error) => errors.push(error),
    });
    log.write('one\n');
    await log.close();
    log.write('two\n');
    await log.close();
    expect(log.tail(2)).toEqual(['one', 'two']);
    expect(errors).toHaveLength(1);
  });
});

describe('createRedactor', () => {
  it.each([
    ['the value itself', 'x s3cret/value y', 'x *** y'],
    ['its base64', `Basic ${Buffer.from('s3cret/value').toString('base64')}`, 'Basic ***'],
    ['its URL form', 'https://u:s3cret%2Fvalue@host', 'https://u:***@host'],
  ])('masks %s', (_what, text, expected) => {
    expect(createRedactor(['s3cret/value'])(text)).toBe(expected);
  });

  it('masks each line of a value of several lines, and no short words', () => {
    const redact = createRedactor(['first line\nsecond line', 'no', '']);
    expect(redact('a second line, no more')).toBe('a ***, no more');
  });
});
