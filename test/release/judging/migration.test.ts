import { describe, expect, it } from '@jest/globals';
import { readMigrationEnd } from '../../../src/release/judging/migration.ts';
import type { StoppedTask } from '../../../src/release/judging/observation.ts';

const exited = (name: string, exitCode: number | null, reason: string | null = null) => ({
  name,
  exitCode,
  reason,
  healthStatus: null,
});

const task = (more: Partial<StoppedTask>): StoppedTask => ({
  arn: 'arn:aws:ecs:eu-west-1:123456789012:task/shop/0123',
  startedBy: 'slipway-migrate/x',
  stopCode: 'EssentialContainerExited',
  stoppedReason: 'Essential container in task exited',
  lastStatus: 'STOPPED',
  createdAtMs: 0,
  stoppedAtMs: 1,
  containers: [exited('app', 0)],
  ...more,
});

describe('readMigrationEnd', () => {
  it('is a success only where the container left with 0 by itself', () => {
    expect(readMigrationEnd(task({}), 'app', null)).toEqual({
      exitCode: 0,
      ran: true,
      failure: null,
      logsOf: 'app',
    });
  });

  it.each<[string, Partial<StoppedTask>, number | null, object]>([
    [
      'left with another code',
      { containers: [exited('app', 3)] },
      null,
      { exitCode: 3, ran: true, failure: 'container app exited with code 3' },
    ],
    [
      'was ended by the end of a container beside it',
      { containers: [exited('app', 137), exited('proxy', 1)] },
      null,
      { exitCode: 137, ran: true, failure: 'container proxy exited with code 1', logsOf: 'proxy' },
    ],
    [
      'was stopped by somebody, though it then left with 0',
      { stopCode: 'UserInitiated', stoppedReason: 'Task stopped by user' },
      null,
      {
        exitCode: 0,
        ran: true,
        failure: 'it was stopped before its end, exit code 0: Task stopped by user',
      },
    ],
    [
      'lost its Spot instance',
      { stopCode: 'SpotInterruption', stoppedReason: 'Your Spot Task was interrupted.' },
      null,
      { failure: 'it was stopped before its end, exit code 0: Your Spot Task was interrupted.' },
    ],
    [
      'was over its time, though it then left with 0',
      { stopCode: 'UserInitiated', stoppedReason: 'slipway: time is over' },
      900_000,
      { exitCode: 0, ran: true, failure: 'it ran longer than 900 s and was stopped, exit code 0' },
    ],
    [
      'was over its time and killed',
      { stopCode: 'UserInitiated', containers: [exited('app', 137)] },
      60_000,
      { exitCode: 137, failure: 'it ran longer than 60 s and was stopped, exit code 137' },
    ],
    [
      'could not be pulled',
      {
        stopCode: 'TaskFailedToStart',
        stoppedReason: 'CannotPullContainerError: not found',
        containers: [exited('app', null)],
      },
      null,
      {
        exitCode: null,
        ran: false,
        failure: 'container app did not run: CannotPullContainerError: not found',
      },
    ],
    [
      'has a command that is not there',
      {
        stopCode: 'TaskFailedToStart',
        stoppedReason: 'Task failed to start',
        containers: [
          exited('app', null, 'CannotStartContainerError: exec: "nope": executable file not found'),
        ],
      },
      null,
      { ran: false, failure: expect.stringContaining('executable file not found') },
    ],
    [
      'ran while another container could not start',
      {
        stopCode: 'TaskFailedToStart',
        stoppedReason: 'CannotStartContainerError: no',
        containers: [exited('app', 137), exited('proxy', null, 'CannotStartContainerError: no')],
      },
      null,
      { exitCode: 137, ran: true, failure: expect.stringContaining('CannotStartContainerError') },
    ],
    [
      'left with 0 in a task that never started as a whole',
      {
        stopCode: 'TaskFailedToStart',
        stoppedReason: 'CannotPullContainerError: proxy',
        containers: [exited('app', 0), exited('proxy', null)],
      },
      null,
      { exitCode: 0, ran: true, failure: 'CannotPullContainerError: proxy, exit code 0' },
    ],
    [
      'was out of memory',
      { containers: [exited('app', 137, 'OutOfMemoryError: Container killed due to memory usage')] },
      null,
      { failure: 'OutOfMemoryError: Container killed due to memory usage' },
    ],
  ])('is a failure where it %s', (_what, more, overMs, expected) => {
    expect(readMigrationEnd(task(more), 'app', overMs)).toMatchObject(expected);
  });
});
