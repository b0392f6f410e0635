/** A run as a person reads it: what the seed fixed, what happened in order, what the release said in the end. */
import type { Call, RunRecord } from './record.ts';

export const traceOf = (record: RunRecord): string => {
  const { scenario, report, ending } = record;
  const { services, ...more } = scenario;
  return [
    `seed ${scenario.seed}: ${JSON.stringify(more)}`,
    ...services.map((service) => `  ${JSON.stringify(service)}`),
    ...eventsOf(record),
    `ending: ${JSON.stringify(ending)}`,
    `verdict: ${report?.verdict ?? 'none'}; cause: ${JSON.stringify(report?.cause ?? null)}`,
    ...(report?.services ?? []).map((service) => `  ${JSON.stringify(service)}`),
    ...(report?.operators ?? []).map((operator) => `  ${JSON.stringify(operator)}`),
    ...(report?.warnings ?? []).map((warning) => `  warning: ${warning}`),
    ...Object.entries(record.after).map(([name, state]) => `  after: ${name} ${JSON.stringify(state)}`),
  ].join('\n');
};

const eventsOf = ({ calls, attempts, timeline, history, probes }: RunRecord): readonly string[] => {
  const lines = [
    ...timeline,
    ...calls.flatMap(toLine),
    ...attempts.map(({ atMs, activity, number, activityId }) => ({
      atMs,
      line: `> ${activity} begins (${activityId}, attempt ${number})`,
    })),
    ...history.received.map(({ atMs, kind, name, note }) => ({
      atMs,
      line: `! ${kind} ${name} ${JSON.stringify(note)}`,
    })),
    ...probes.map(({ atMs, service, good }) => ({
      atMs,
      line: `? ${service} is ${good ? 'well' : 'not well'}`,
    })),
  ];
  const sorted = lines.toSorted((one, other) => one.atMs - other.atMs);
  const startMs = sorted[0]?.atMs ?? 0;
  return sorted.map(({ atMs, line }) => `${(atMs - startMs).toFixed(0).padStart(6)} ${line}`);
};

/** Looks that went well say nothing. */
const LOOKS = /^(Describe|List|Get|Filter|findRepository|architecturesOf|latestOf)/;

const toLine = (call: Call): readonly { atMs: number; line: string }[] => {
  const { operation, service, outcome, done, by, input, startedAtMs } = call;
  if (LOOKS.test(operation) && outcome === 'ok') return [];
  const { taskDefinition = '' } = input as { readonly taskDefinition?: string };
  const how = outcome === 'ok' ? '' : `: ${outcome}${done ? ', but it was done' : ''}`;
  const who = by ? `${by.activity}/${by.number}` : 'somebody else';
  const target = taskDefinition.slice(taskDefinition.lastIndexOf('/') + 1);
  return [{ atMs: startedAtMs, line: `  ${who}: ${operation} ${service} ${target}${how}` }];
};
