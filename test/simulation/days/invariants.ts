/** What holds after each day, whatever befell it. Each returns what is wrong, line by line. */
import type { LedgerEntry } from '../../../src/release/environment/ledger.ts';
import { workflowIdOf } from '../../../src/release/names.ts';
import { digestIn as digestOfState } from '../invariants/facts.ts';
import type { Call } from '../record.ts';
import { digestIn } from './commits.ts';
import { explained } from './explained.ts';
import type { DayRecord, EndedRelease, TakenTurn } from './record.ts';

export type DayInvariant = (record: DayRecord) => readonly string[];

const MUTATIONS = ['UpdateService', 'RegisterTaskDefinition', 'RunTask', 'moveLatest'];

/** By when they began; calls of nobody's and of refused attempts are none. */
const mutations = ({ calls }: DayRecord): readonly (Call & { readonly workflowId: string })[] =>
  calls
    .filter(({ operation, done }) => done && MUTATIONS.includes(operation))
    .flatMap((call) => (call.by ? [{ ...call, workflowId: call.by.workflowId }] : []))
    .toSorted((one, other) => one.startedAtMs - other.startedAtMs);

/** By fence, as they were taken; a repeated attempt takes the same one again. */
const turnsOf = ({ turns }: DayRecord): readonly TakenTurn[] =>
  turns.filter(({ fence }, index) => turns.findIndex((each) => each.fence === fence) === index);

const entryOf = ({ stored }: DayRecord, workflowId: string): LedgerEntry | undefined =>
  stored.find(({ releaseId }) => workflowIdOf(releaseId) === workflowId);

/** Once another release has changed something, the one before it changes nothing more. */
const oneAtATime: DayInvariant = (record) => {
  const over = new Set<string>();
  let current: string | null = null;
  return mutations(record).flatMap(({ workflowId, operation, service }) => {
    if (current !== null && current !== workflowId) over.add(current);
    current = workflowId;
    return over.has(workflowId)
      ? [`${workflowId} calls ${operation} of ${service} after another release has begun to change things`]
      : [];
  });
};

const onlyInItsTurn: DayInvariant = (record) =>
  mutations(record).flatMap(({ workflowId, operation, startedAtMs }) => {
    const own = record.turns.find((turn) => turn.workflowId === workflowId);
    return own && own.atMs <= startedAtMs
      ? []
      : [`${workflowId} calls ${operation} without having taken the turn`];
  });

const fencesGrow: DayInvariant = (record) => {
  const turns = turnsOf(record);
  return turns.flatMap(({ fence, workflowId }, index) => {
    const complaints: string[] = [];
    if (fence <= (turns[index - 1]?.fence ?? 0)) complaints.push(`the turn of ${workflowId} is no later one`);
    if (turns.findIndex((turn) => turn.workflowId === workflowId) !== index)
      complaints.push(`${workflowId} has had two turns`);
    return complaints;
  });
};

/**
 * Terminated in its very last step: all was done, the store knows its verdict, and nobody puts anything back. The ledger
 * has that verdict if the store had it by then.
 */
const hasKeptItsReport = ({ releases }: DayRecord, workflowId: string): boolean =>
  releases.some(
    (release) => release.workflowId === workflowId && release.asked.harm?.at.name === 'closeRelease',
  );

const ledgerIsWhole: DayInvariant = (record) => {
  const { status, stored, releases } = record;
  const complaints: string[] = [];
  const numbers = stored.map(({ number }) => number).join(' ');
  const expected = Array.from({ length: stored.length }, (_, index) => index + 1).join(' ');
  if (numbers !== expected) complaints.push(`the store has the entries ${numbers}`);
  const inState = status.ledger.map(({ number }) => number).toSorted((one, other) => one - other);
  if (inState.join(' ') !== expected) complaints.push(`the workflow has the entries ${inState.join(' ')}`);
  if (status.turn) complaints.push(`release ${status.turn.number} still has the turn`);
  for (const { number } of status.joined) complaints.push(`release ${number} is still under way`);
  for (const { workflowId, report } of releases) {
    const entry = entryOf(record, workflowId);
    const verdict = report?.verdict ?? 'broken-off';
    if (entry && entry.verdict !== verdict && !hasKeptItsReport(record, workflowId))
      complaints.push(`${workflowId} ended as ${verdict}, the ledger says ${entry.verdict}`);
    // One that never came to join, or was gone before it could, has no number.
    if (!entry && (report?.number ?? null) !== null)
      complaints.push(`${workflowId}: release ${report?.number} is missing in the ledger`);
  }
  return complaints;
};

const turnsDoNotOverlap: DayInvariant = ({ stored }) => {
  const held = stored
    .filter(({ turnAtMs }) => turnAtMs !== null)
    .toSorted((one, other) => (one.turnAtMs ?? 0) - (other.turnAtMs ?? 0));
  return held.flatMap(({ number, turnAtMs }, index) => {
    const before = held[index - 1];
    return before && before.endedAtMs > (turnAtMs ?? 0)
      ? [`release ${number} got the turn before release ${before.number} had ended`]
      : [];
  });
};

/** Each release begins on what the ledger says to serve, whatever the one before it has left. */
const servesWhatTheLedgerSays: DayInvariant = (record) => {
  let serving = record.before;
  let isClear = true;
  const complaints: string[] = [];
  const compare = (found: Readonly<Record<string, string>>, when: string): void => {
    for (const [service, digest] of Object.entries(found)) {
      if (digest !== serving[service])
        complaints.push(`${when}: ${service} has ${digest}, the ledger says ${serving[service]}`);
    }
  };
  for (const { workflowId } of turnsOf(record)) {
    const baselines = record.baselines.find((each) => each.workflowId === workflowId);
    if (isClear && baselines) compare(baselines.found, `when release ${baselines.number} began`);
    const entry = entryOf(record, workflowId);
    if (entry?.verdict === 'succeeded') {
      serving = Object.fromEntries(entry.images.map(({ name, digest }) => [name, digest]));
      isClear = true;
    } else if (entry?.verdict === 'rollback-failed' || hasKeptItsReport(record, workflowId)) isClear = false;
  }
  const running = Object.entries(record.after).map(([name, state]) => [name, digestOfState(state)] as const);
  compare(Object.fromEntries(running), 'at the end');
  return complaints;
};

/** A turn that leaks keeps everybody out who comes later. */
const lastSucceeds: DayInvariant = (record) => {
  const last = record.releases.at(-1);
  if (!last) return ['there was no last release'];
  const { report, hung, asked } = last;
  if (report?.verdict !== 'succeeded')
    return [`the last release did not succeed: ${report?.cause?.summary ?? hung ?? 'no report'}`];
  const complaints: string[] = [];
  const { serving, needsRepair } = record.status;
  if (needsRepair) complaints.push(`needs repair after release ${needsRepair.number}, still`);
  if (serving?.number !== report.number) complaints.push(`release ${serving?.number} is said to serve`);
  const sha = report.commit?.sha ?? '';
  for (const [name, state] of Object.entries(record.after)) {
    const wanted = digestIn(name, sha);
    if (state.primary.rolloutState !== 'COMPLETED' || state.running.some((digest) => digest !== wanted))
      complaints.push(`${name} runs ${state.running.join(', ')} in the end`);
    if (state.latest !== wanted) complaints.push(`\`latest\` of ${name} is ${state.latest} in the end`);
  }
  if (!asked.brings) complaints.push('the last release is none of a commit');
  return complaints;
};

const nobodyHangs: DayInvariant = ({ releases }) =>
  releases.flatMap(({ workflowId, hung }) => (hung === null ? [] : [`${workflowId} hangs: ${hung}`]));

const verdictsAreExplained: DayInvariant = (record) =>
  record.releases.flatMap((release: EndedRelease) => explained(record, release));

export const DAY_INVARIANTS = {
  'one at a time': oneAtATime,
  'only in its turn': onlyInItsTurn,
  'fences grow': fencesGrow,
  'the ledger is whole': ledgerIsWhole,
  'turns do not overlap': turnsDoNotOverlap,
  'what serves is what the ledger says': servesWhatTheLedgerSays,
  'the last one succeeds': lastSucceeds,
  'nobody hangs': nobodyHangs,
  'verdicts are explained': verdictsAreExplained,
} as const satisfies Readonly<Record<string, DayInvariant>>;

export const complaintsAboutDay = (record: DayRecord): readonly string[] =>
  Object.entries(DAY_INVARIANTS).flatMap(([name, check]) => check(record).map((line) => `${name}: ${line}`));
