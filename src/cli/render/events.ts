/**
 * What has become of a release, as events for machines (docs/watching.md). Those with an `id` are made of its status alone:
 * whoever watches it later gets them again, with the same id and the same content.
 */
import type { PendingActivity } from '../../client/watch-release.ts';
import type { OperatorRecord, ReleaseStatus, StepStatus } from '../../release/verdict.ts';
import { activeHold, holdAnswers } from './hold.ts';
import { progressIn } from './live/bar.ts';
import { standingOf } from './standing.ts';

export interface ReleaseEvent {
  readonly type: string;
  /** When it was, where that is known; else it is when it was seen. */
  readonly atMs?: number;
  readonly id?: string;
  readonly [field: string]: unknown;
}

const isoOrNull = (ms: number | null | undefined): string | null =>
  ms === null || ms === undefined ? null : new Date(ms).toISOString();

/** All that happened so far and lasts, in the order of time. */
export const lastingEvents = (status: ReleaseStatus): readonly ReleaseEvent[] => {
  const events = [
    ...status.steps.flatMap(stepEvents),
    ...status.operators.map(operatorEvent),
    ...status.warnings.map((text, index) => ({ type: 'warning', id: `warning/${index + 1}`, text })),
  ] satisfies readonly ReleaseEvent[];
  const timeOf = ({ atMs }: ReleaseEvent): number => atMs ?? Number.POSITIVE_INFINITY;
  return events.toSorted((one, other) => Math.sign(timeOf(one) - timeOf(other)) || 0);
};

/** Its begin and its end; a step that is tried again begins again. */
const stepEvents = (step: StepStatus): readonly ReleaseEvent[] => {
  const { id, kind, name, state, startedAtMs, endedAtMs, architecture = null } = step;
  const event = (
    happened: StepStatus['state'],
    atMs: number | undefined,
    more: object = {},
  ): ReleaseEvent => ({
    type: 'step',
    ...(atMs === undefined ? {} : { atMs }),
    id: `step/${id}/${happened}${atMs === undefined ? '' : `/${atMs}`}`,
    step: id,
    kind,
    name,
    state: happened,
    architecture,
    ...more,
  });
  const { detail = null, logKey = null } = step;
  const outcome = { startedAt: isoOrNull(startedAtMs), endedAt: isoOrNull(endedAtMs), detail, logKey };
  return [
    ...(startedAtMs === undefined ? [] : [event('running', startedAtMs)]),
    ...(endedAtMs === undefined ? [] : [event(state, endedAtMs, outcome)]),
    ...(state === 'skipped' && endedAtMs === undefined ? [event('skipped', undefined, outcome)] : []),
  ];
};

const operatorEvent = (record: OperatorRecord, index: number): ReleaseEvent => {
  const { atMs, action, who, reason, accepted, answer } = record;
  return { type: 'operator', atMs, id: `operator/${index + 1}`, action, who, reason, accepted, answer };
};

/** Where a service stands that the release has touched; said again when that changes. */
export const serviceEvents = ({ services, phase }: ReleaseStatus): readonly ReleaseEvent[] =>
  services
    .filter(({ state }) => state !== 'untouched')
    .map(({ name, service, baseline, taskDefinition, detail = null, ...state }) => ({
      type: 'service',
      service: name,
      ecsService: service,
      state: standingOf(state, phase),
      baseline,
      taskDefinition,
      detail,
    }));

/** What it is; said again when some of it is known later, or changes. */
export const releaseEvent = (
  { app, environment, number, phase, commit, startedBy, rollbackTo, broughtBy, startedAtMs }: ReleaseStatus,
  workflowId: string,
  runId: string,
): ReleaseEvent => ({
  type: 'release',
  workflowId,
  runId,
  app,
  environment,
  number,
  phase,
  commit,
  startedBy,
  rollbackTo,
  broughtBy,
  startedAt: isoOrNull(startedAtMs),
});

/** With the commands that answer; `hold` is null when it goes on. */
export const holdEvent = (status: ReleaseStatus, workflowId: string): ReleaseEvent => {
  const hold = activeHold(status);
  if (hold === null) return { type: 'hold', hold: null };
  const { kind, reason, sinceMs, untilMs } = hold;
  const commands = holdAnswers(hold, workflowId).map(([what, command]) => ({ what, command }));
  return {
    type: 'hold',
    atMs: sinceMs,
    hold: { kind, reason, since: isoOrNull(sinceMs), until: isoOrNull(untilMs), commands },
  };
};

/** How far an activity is: its step where it is known, its phase, and what it counts. */
export const progressEvent = (activity: PendingActivity, step: string | null): ReleaseEvent | undefined => {
  const { heartbeat, type, attempt, worker } = activity;
  if (typeof heartbeat !== 'object' || heartbeat === null) return undefined;
  const { phase } = heartbeat as { readonly phase?: unknown };
  if (typeof phase !== 'string') return undefined;
  const progress = progressIn(activity) ?? null;
  return { type: 'progress', step, activity: type, attempt, worker, phase, progress };
};
