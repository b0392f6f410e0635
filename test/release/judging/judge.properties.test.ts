/** Random services, thrown at the judge: what must hold for all of them. A failing run prints its seed; SEED repeats it. */
import { describe, expect, it } from '@jest/globals';
import {
  initialMemory,
  type JudgeMemory,
  type Judgement,
  judge,
  needsServiceDeployment,
} from '../../../src/release/judging/judge.ts';
import {
  type DeploymentView,
  primaryOf,
  type ServiceDeploymentView,
  type ServiceView,
  type StoppedTask,
} from '../../../src/release/judging/observation.ts';
import { LONGEST_IDLE_MS } from '../../../src/release/judging/rollout-memory.ts';
import { randomFrom } from '../../random.ts';
import {
  crashed,
  draining,
  event,
  expected,
  FOREIGN,
  NEW,
  NO_ROOM,
  notStarted,
  OLD,
  record,
  service,
  timing,
} from '../views.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const RUNS = 100;
const LOOKS = 25;

/** Ours is often the newest, sometimes an older one, sometimes gone. */
const ORDERS = [
  ['new', 'old', 'other'],
  ['new', 'old', 'other'],
  ['other', 'new', 'old'],
  ['old', 'new', 'other'],
  ['old', 'other', 'new'],
];

const STATUSES = [
  ...['SUCCESSFUL', 'SUCCESSFUL', 'SUCCESSFUL', 'PENDING', 'IN_PROGRESS', 'STOP_REQUESTED', 'STOPPED'],
  ...[
    'ROLLBACK_REQUESTED',
    'ROLLBACK_IN_PROGRESS',
    'ROLLBACK_SUCCESSFUL',
    'ROLLBACK_FAILED',
    'SOMETHING-NEW',
  ],
];

interface Step {
  readonly view: ServiceView | undefined;
  readonly tasks: readonly StoppedTask[];
  readonly record: ServiceDeploymentView | null | undefined;
  readonly before: JudgeMemory;
  readonly nowMs: number;
  readonly judgement: Judgement;
  readonly again: Judgement;
}

const wander = (seed: number): readonly Step[] => {
  const random = randomFrom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = <T>(values: readonly T[]): T => values[below(values.length)] as T;
  const anyDeployment = (id: string, index: number): DeploymentView => ({
    id: `ecs-svc/${id}`,
    status:
      index === 0 && random() < 0.9 ? 'PRIMARY' : pick(['ACTIVE', 'DRAINING', 'INACTIVE', 'SOMETHING-NEW']),
    taskDefinition: pick([NEW, NEW, OLD, FOREIGN]),
    desired: below(4),
    running: below(4),
    pending: below(3),
    failed: below(3),
    rolloutState: pick(['COMPLETED', 'COMPLETED', 'IN_PROGRESS', 'IN_PROGRESS', 'FAILED', null]),
    rolloutReason: pick([null, 'ECS deployment circuit breaker: rolling back to deploymentId x.']),
    createdAtMs: below(1_000_000) - 500_000,
  });
  const anyTask = (): StoppedTask =>
    pick([
      () => crashed(pick([0, 1, 127, 137]), { startedBy: pick(['ecs-svc/new', 'ecs-svc/old']) }),
      () => notStarted('Host EC2 (instance i-1) terminated.'),
      () => draining(),
    ])();
  const anyRecord = (): ServiceDeploymentView | null =>
    random() < 0.2
      ? null
      : record(pick(STATUSES), {
          reason: pick([
            null,
            'Service deployment rolled back by user.',
            'because of one or more active alarms',
          ]),
          alarms: { watched: random() < 0.5, triggered: [] },
        });
  let memory = initialMemory(0);
  let nowMs = 0;
  return Array.from({ length: LOOKS }, () => {
    nowMs += below(60_000);
    const view =
      random() < 0.02
        ? undefined
        : service(
            pick(ORDERS)
              .slice(0, 1 + below(3))
              .map(anyDeployment),
            {
              desired: below(4),
              taskDefinition: pick([NEW, NEW, NEW, OLD, FOREIGN]),
              events: random() < 0.3 ? [event(below(nowMs + 1), NO_ROOM)] : [],
            },
          );
    const tasks = Array.from({ length: random() < 0.3 ? below(4) : 0 }, anyTask);
    const asked = view !== undefined && needsServiceDeployment(expected, view, memory, nowMs);
    const seen = { service: view, stopped: tasks, record: asked ? anyRecord() : undefined };
    const { judgement, memory: next } = judge(expected, seen, memory, timing, nowMs);
    const again = judge(expected, seen, JSON.parse(JSON.stringify(memory)), timing, nowMs).judgement;
    const before = memory;
    memory = next;
    return { view, tasks, record: seen.record, before, nowMs, judgement, again };
  });
};

const walks = Array.from({ length: RUNS }, (_, run) => wander(SEED + run));

const everyStep = (check: (step: Step) => void): void => {
  for (const [run, steps] of walks.entries()) {
    for (const step of steps) {
      try {
        check(step);
      } catch (error) {
        throw new Error(`SEED=${SEED + run}, look at ${step.nowMs} ms: ${JSON.stringify(step)}`, {
          cause: error,
        });
      }
    }
  }
};

describe(`the judge, whatever ECS shows (SEED=${SEED})`, () => {
  it('says stable only of our PRIMARY deployment with our task definition, completed or without a state', () => {
    let times = 0;
    everyStep(({ view, judgement }) => {
      if (judgement.state !== 'stable') return;
      times += 1;
      expect(view?.status).toBe('ACTIVE');
      expect(view?.taskDefinition).toBe(NEW);
      const primary = view && primaryOf(view);
      expect(primary).toMatchObject({ id: expected.deploymentId, taskDefinition: NEW });
      expect(['COMPLETED', null]).toContain(primary?.rolloutState);
    });
    expect(times).toBeGreaterThan(RUNS / 10);
  });

  it("says stable of a completed deployment only if ECS's own account of it is SUCCESSFUL, or is not to be had", () => {
    let times = 0;
    everyStep(({ view, judgement, record: seen, before }) => {
      if (judgement.state !== 'stable' || !view || primaryOf(view)?.rolloutState === null) return;
      times += 1;
      if (before.recordedSuccess) expect(seen).toBeUndefined();
      else expect([null, 'SUCCESSFUL', 'SOMETHING-NEW']).toContain(seen === null ? null : seen?.status);
    });
    expect(times).toBeGreaterThan(RUNS / 10);
  });

  it('never calls it a foreign change when ECS says that it rolled ours back, or that somebody stopped it', () => {
    let times = 0;
    everyStep(({ judgement, record: seen }) => {
      if (!seen?.status.startsWith('ROLLBACK')) return;
      times += 1;
      expect(judgement).not.toMatchObject({ state: 'stable' });
      expect(judgement).not.toMatchObject({ kind: 'foreign-change' });
      expect(judgement).not.toMatchObject({ kind: 'replaced' });
    });
    expect(times).toBeGreaterThan(RUNS / 10);
  });

  it('never waits beyond the time of the wave, but for what ECS itself waits for, and for that not without end', () => {
    everyStep(({ judgement, nowMs }) => {
      if (judgement.state !== 'waiting' || judgement.phase === 'not-visible') return;
      expect(nowMs).toBeLessThan(timing.stabilityTimeoutMs + LONGEST_IDLE_MS);
    });
    everyStep(({ judgement, nowMs, before, view }) => {
      if (judgement.state !== 'waiting' || judgement.phase === 'not-visible' || !view) return;
      // The look itself may add to the time that ECS waits.
      const idleMs = before.idleMs + (nowMs - before.lookedAtMs);
      expect(nowMs).toBeLessThan(timing.stabilityTimeoutMs + idleMs);
    });
  });

  it('blames tasks only if one of ours has failed', () => {
    everyStep(({ judgement, tasks }) => {
      if (judgement.state !== 'failed' || judgement.kind !== 'task-failed') return;
      expect(
        tasks.some(
          (task) => task.startedBy === expected.deploymentId && task.stopCode === 'EssentialContainerExited',
        ),
      ).toBe(true);
    });
  });

  it('calls it a foreign change, or replaced, only if ours is not the PRIMARY', () => {
    everyStep(({ judgement, view }) => {
      if (judgement.state !== 'failed' || !['foreign-change', 'replaced'].includes(judgement.kind)) return;
      const primary = view && primaryOf(view);
      expect(primary?.id === expected.deploymentId && primary.taskDefinition === NEW).toBe(false);
    });
  });

  it('remembers in plain JSON: a worker that dies changes no judgement', () => {
    everyStep(({ judgement, again }) => expect(again).toEqual(judgement));
  });
});
