// What the runtime saw, written into the task: in whichever order it comes.
import { describe, expect, it } from '@jest/globals';
import type { TaskRecord } from '../../../../src/local/ecs/model.ts';
import { applyObservation } from '../../../../src/local/ecs/tasks/task-observation.ts';
import type { ContainerObservation } from '../../../../src/local/ecs/tasks/task-runtime.ts';

const observed = (more: Partial<ContainerObservation>): ContainerObservation => ({
  taskId: 'task',
  name: 'web',
  runtimeId: 'one',
  state: 'running',
  outOfMemory: false,
  health: 'none',
  ports: [],
  ...more,
});

const newTask = (): TaskRecord =>
  ({
    containers: [{ name: 'web', lastStatus: 'PENDING', healthStatus: 'UNKNOWN', networkBindings: [] }],
  }) as unknown as TaskRecord;

describe('an observation', () => {
  it('of an end stays, whatever comes late', () => {
    const task = newTask();
    expect(applyObservation(task, observed({ state: 'exited', exitCode: 137 }))).toBe(true);
    expect(applyObservation(task, observed({}))).toBe(false);
    expect(applyObservation(task, observed({ state: 'exited', exitCode: 0 }))).toBe(false);
    expect(task.containers).toMatchObject([{ lastStatus: 'STOPPED', exitCode: 137 }]);
  });

  it('of why it ended may come after that of its end', () => {
    const task = newTask();
    applyObservation(task, observed({ state: 'exited', exitCode: 137 }));
    expect(applyObservation(task, observed({ state: 'exited', exitCode: 137, outOfMemory: true }))).toBe(
      true,
    );
    expect(task.containers).toMatchObject([
      { exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' },
    ]);
  });

  it('of another container of that name does not count', () => {
    const task = newTask();
    applyObservation(task, observed({ state: 'exited', exitCode: 1 }));
    applyObservation(task, observed({ runtimeId: 'two', state: 'exited', exitCode: 137, outOfMemory: true }));
    expect(task.containers[0]?.reason).toBeUndefined();
  });
});
