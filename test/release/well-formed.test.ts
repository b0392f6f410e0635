import { expect, it } from '@jest/globals';
import {
  isWorkflowId,
  LONGEST_WORKFLOW_ID,
  notifyWorkflowId,
  workflowIdOf,
} from '../../src/release/names.ts';
import { isWellFormed, wellFormed } from '../../src/release/well-formed.ts';

it.each([
  ['whole 😀 characters', 'whole 😀 characters'],
  ['first half \ud83d', 'first half \ufffd'],
  ['\ude00 second half', '\ufffd second half'],
  ['\ude00\ud83d', '\ufffd\ufffd'],
])('text goes out as UTF-8: %j', (text, sent) => {
  expect(wellFormed(text)).toBe(sent);
  expect(isWellFormed(text)).toBe(text === sent);
  expect(Buffer.from(wellFormed(text)).toString()).toBe(wellFormed(text));
});

it.each([
  ['', false],
  ['a/b', true],
  ['x'.repeat(LONGEST_WORKFLOW_ID), true],
  ['x'.repeat(LONGEST_WORKFLOW_ID + 1), false],
  ['ü'.repeat(LONGEST_WORKFLOW_ID / 2), true],
  ['ü'.repeat(LONGEST_WORKFLOW_ID / 2 + 1), false],
  ['a\ud800', false],
])('whether Temporal takes a workflow id (case %#)', (id, takes) => {
  expect(isWorkflowId(id)).toBe(takes);
});

it('a notifier has an id of its own, however long the one of its release is', () => {
  expect(notifyWorkflowId('deploy/a/b/c/run-1')).toBe('notify/deploy/a/b/c/run-1');
  const long = 'x'.repeat(LONGEST_WORKFLOW_ID);
  expect(notifyWorkflowId(`${long}/run-1`)).toBe('notify/run-1');
  expect(isWorkflowId(notifyWorkflowId(`${long}/run-2`))).toBe(true);
});

it('what has no run has no workflow id either', () => {
  expect(['a/b/run', '/run', 'run'].map(workflowIdOf)).toEqual(['a/b', '', '']);
});
