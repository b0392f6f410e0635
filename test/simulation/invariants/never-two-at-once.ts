/** Invariant 3: one change of a service at a time, and each thing made once, however often calls are repeated. */
import { TAG } from '../../../src/aws/task-definition.ts';
import type { Call, RunRecord } from '../record.ts';
import { type Invariant, ourUpdates } from './facts.ts';

export const neverTwoAtOnce: Invariant = (record) => [
  ...overlapping(record),
  ...startedTwice(record),
  ...registeredTwice(record),
  ...migratedTwice(record),
];

const overlapping = (record: RunRecord): readonly string[] => {
  const updates = ourUpdates(record);
  return updates.flatMap((one, index) =>
    updates
      .slice(index + 1)
      .filter((other) => other.service === one.service)
      .filter((other) => other.startedAtMs < one.endedAtMs && one.startedAtMs < other.endedAtMs)
      .map(() => `two UpdateService calls to ${one.service} at once`),
  );
};

const targetOf = ({ input }: Call): string =>
  (input as { readonly taskDefinition?: string }).taskDefinition ?? '';

/** A second deployment to the target of one of ours that is still on its way. */
const startedTwice = (record: RunRecord): readonly string[] => {
  const ours = new Set<string>();
  const complaints: string[] = [];
  for (const update of ourUpdates(record)) {
    const { before, after, service } = update;
    if (!before || !after || before.id === after.id) continue;
    const isUnderWay = ours.has(before.id) && before.rolloutState === 'IN_PROGRESS';
    if (isUnderWay && before.taskDefinition === targetOf(update)) {
      complaints.push(`a second rollout of ${targetOf(update)} to ${service} while the first is under way`);
    }
    ours.add(after.id);
  }
  return complaints;
};

const registeredTwice = ({ calls }: RunRecord): readonly string[] => {
  const seen = new Map<string, number>();
  for (const { operation, by, done, input } of calls) {
    if (operation !== 'RegisterTaskDefinition' || by === null || !done) continue;
    const { tags = [], containerDefinitions = [] } = input as {
      readonly tags?: readonly { readonly key: string; readonly value: string }[];
      readonly containerDefinitions?: readonly { readonly image?: string }[];
    };
    const tag = (key: string): string => tags.find((candidate) => candidate.key === key)?.value ?? '';
    const images = containerDefinitions.map(({ image }) => image).join(' ');
    const key = `${tag(TAG.service)} ${tag(TAG.release)} ${tag(TAG.pinnedFrom)} ${images}`;
    seen.set(key, (seen.get(key) ?? 0) + 1);
  }
  return [...seen]
    .filter(([, count]) => count > 1)
    .map(([key, count]) => `registered ${count} times: ${key}`);
};

/** A release that repairs another one has a migration of its own. */
const migratedTwice = ({ calls }: RunRecord): readonly string[] => {
  const tokens = new Map<string, Set<string>>();
  for (const { operation, done, input } of calls) {
    if (operation !== 'RunTask' || !done) continue;
    const { startedBy = '', clientToken = '' } = input as {
      readonly startedBy?: string;
      readonly clientToken?: string;
    };
    if (clientToken === '') return ['the migration was started without a token'];
    tokens.set(startedBy, (tokens.get(startedBy) ?? new Set()).add(clientToken));
  }
  return [...tokens.values()].flatMap(({ size }) =>
    size > 1 ? [`the migration was started under ${size} tokens`] : [],
  );
};
