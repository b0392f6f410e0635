/** Invariant 1, and its other half: an engine that never succeeded would keep all the others. */
import {
  changedBehindOurBack,
  completedMs,
  digestIn,
  type Invariant,
  lastLookMs,
  passedHealthSince,
} from './facts.ts';

export const succeededMeansRunning: Invariant = (record) => {
  if (record.report?.verdict !== 'succeeded') return [];
  return record.scenario.services.flatMap(({ name, hasHealth, desired }) => {
    const state = record.after[name];
    const requested = record.requested[name] ?? '';
    if (!state || changedBehindOurBack(record, name)) return [];
    const { primary, running } = state;
    const steadyMs = completedMs(record, primary.id);
    const complaints: string[] = [];
    if (digestIn(state) !== requested) complaints.push(`its task definition names ${state.image}`);
    if (primary.rolloutState !== 'COMPLETED') complaints.push(`its deployment is ${primary.rolloutState}`);
    if (running.some((digest) => digest !== requested)) complaints.push(`it runs ${running.join(', ')}`);
    if (lastLookMs(record, name) < steadyMs) complaints.push('nobody looked after it was steady');
    if (hasHealth && desired > 0 && !passedHealthSince(record, name, steadyMs)) {
      complaints.push('it did not pass its health check after it was steady');
    }
    return complaints.map((complaint) => `succeeded, but ${name}: ${complaint}`);
  });
};

export const undisturbedMeansSucceeded: Invariant = ({ scenario, report }) => {
  const { services, faults, messages, restarts, approval, migration, bake, buildFails, brokenOff } = scenario;
  const disturbed =
    faults.length + messages.length + restarts.length > 0 ||
    services.some(({ quality }) => quality !== 'good' && quality !== 'slow') ||
    approval === 'deny' ||
    approval === 'nobody' ||
    (migration?.exitCode ?? 0) !== 0 ||
    bake === 'alarm' ||
    bake === 'errors' ||
    buildFails ||
    brokenOff !== null;
  if (disturbed || report?.verdict === 'succeeded') return [];
  return [
    `nothing disturbed it, and yet: ${report?.verdict ?? 'no report'}: ${report?.cause?.summary ?? ''}`,
  ];
};
