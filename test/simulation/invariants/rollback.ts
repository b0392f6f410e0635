/** Invariants 2 and 5: what a rollback promises, and when there is one. */
import type { ServiceReport } from '../../../src/release/verdict.ts';
import type { Call, RunRecord } from '../record.ts';
import {
  backwardSteps,
  changedBehindOurBack,
  completedMs,
  digestIn,
  foreignUpdates,
  forwardSteps,
  type Invariant,
  itsUpdates,
  lastLookMs,
  ourUpdates,
  passedHealthSince,
} from './facts.ts';

/** What is said of a service holds, also where the rollback as a whole has failed. */
export const rolledBackMeansRestored: Invariant = (record) => {
  const { report, before, after, scenario } = record;
  if (report?.verdict !== 'rolled-back' && report?.verdict !== 'rollback-failed') return [];
  const complaints = report.services.flatMap((service) =>
    complaintsOf(record, service).map((complaint) => `${service.state}, but ${service.name}: ${complaint}`),
  );
  if (report.verdict === 'rollback-failed') return complaints;
  const moved = scenario.services.filter(({ name }) => before[name]?.latest !== after[name]?.latest);
  const latest = moved.map(({ name }) => `rolled back, but latest of ${name} is ${after[name]?.latest}`);
  return [...complaints, ...latest];
};

const complaintsOf = (record: RunRecord, { name, state }: ServiceReport): readonly string[] => {
  switch (state) {
    case 'restored':
      return notRestored(record, name);
    case 'left-alone':
      return foreignUpdates(record, name).length > 0 ? [] : ['nobody else has changed it'];
    case 'untouched':
      return itsUpdates(record, name).length > 0 ? ['it was updated'] : [];
    case 'not-restored':
      return record.report?.verdict === 'rolled-back' ? ['that is no rollback'] : [];
    case 'updated':
      return ['it should be put back'];
  }
};

const notRestored = (record: RunRecord, name: string): readonly string[] => {
  const now = record.after[name];
  if (!now || changedBehindOurBack(record, name)) return [];
  const { primary, running } = now;
  const expected = digestBefore(record, name);
  const lastChangeMs = Math.max(0, ...ourUpdates(record, name).map(({ endedAtMs }) => endedAtMs));
  const steadyMs = Math.max(completedMs(record, primary.id), lastChangeMs);
  const service = record.scenario.services.find((candidate) => candidate.name === name);
  const complaints: string[] = [];
  if (digestIn(now) !== expected) complaints.push(`its task definition names ${now.image}`);
  if (primary.rolloutState !== 'COMPLETED') complaints.push(`its deployment is ${primary.rolloutState}`);
  if (running.some((digest) => digest !== expected)) complaints.push(`it runs ${running.join(', ')}`);
  if (lastLookMs(record, name) < steadyMs) complaints.push('nobody looked after it was steady');
  if (service?.hasHealth && service.desired > 0 && !passedHealthSince(record, name, steadyMs)) {
    complaints.push('it did not pass its health check after it was steady');
  }
  return complaints;
};

/** What the service ran just before our first change: a stranger may have been there since the run began. */
const digestBefore = (record: RunRecord, name: string): string => {
  const before = record.before[name];
  const firstChangeMs = Math.min(
    Number.POSITIVE_INFINITY,
    ...ourUpdates(record, name).map(({ startedAtMs }) => startedAtMs),
  );
  const stranger = foreignUpdates(record, name).some(({ endedAtMs }) => endedAtMs <= firstChangeMs);
  return stranger ? (record.foreign[name] ?? '') : before ? digestIn(before) : '';
};

const UNTOUCHED: ReadonlySet<string> = new Set(['failed', 'aborted', 'refused', 'superseded']);

export const rollbackIffTouched: Invariant = (record) => {
  const { report } = record;
  if (!report) return [];
  const { verdict } = report;
  const complaints: string[] = [];
  if (UNTOUCHED.has(verdict)) {
    for (const { service } of itsUpdates(record)) complaints.push(`${verdict}, but ${service} was updated`);
    const moves = ({ operation, by, done }: Call): boolean =>
      operation === 'moveLatest' && done && by?.workflowId === record.workflowId;
    if (record.calls.some(moves)) {
      complaints.push(`${verdict}, but latest was moved`);
    }
    if (backwardSteps(record).length > 0) complaints.push(`${verdict}, but there was a rollback`);
  }
  if (verdict === 'rolled-back' && forwardSteps(record).length === 0) {
    complaints.push('rolled back, but nothing was to be changed');
  }
  if (verdict === 'succeeded' && backwardSteps(record).length > 0) {
    complaints.push('succeeded, but services were put back');
  }
  return complaints;
};
