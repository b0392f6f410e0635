/**
 * Temporal's UI and CLI may ask for logs with any JSON: what is no question is told so, and one that names a place – a
 * cluster, a task definition – is refused, as whoever may start a workflow could read all that the workers may read.
 */
import { type Fields, isFields } from '../fields.ts';
import { MOST_DONE, MOST_TASKS } from './log-question.ts';

const EXPECTED =
  'the input of a question for logs: expected {"kind":"steps"|"step"|"service", …}; slipway logs asks it';
const OLD_FORM =
  'this question says itself where the logs are, as an earlier slipway did: the workers decide that now; ask with the slipway of their version';

const MOST_RELEASES = 10;
/** More than the history of a release has room for. */
const MOST_STEPS = 5_000;
/** A release that was reset has two. */
const MOST_RUNS = 10;
/** The most that a task definition takes. */
const MOST_CONTAINERS = 10;
const LONGEST_NAME = 255;
/** The last part of an ARN, and nothing that could be more of one. */
const TASK_ID = /^[A-Za-z0-9-]{1,64}$/;
const CONTAINER = /^[A-Za-z0-9_-]{1,255}$/;

/** Why it is none, for people; null: it is one. */
export const problemOfLogQuestion = (given: unknown): string | null => {
  if (!isFields(given)) return EXPECTED;
  if (given.kind === 'service' && ['place', 'numbers'].some((key) => Object.hasOwn(given, key)))
    return OLD_FORM;
  return isLogQuestion(given) ? null : EXPECTED;
};

const isLogQuestion = (given: Fields): boolean => {
  switch (given.kind) {
    case 'steps':
      return isOwner(given) && isListOf(given.steps, isNamed, MOST_STEPS);
    case 'step':
      return isOwner(given) && isNamed(given) && isStart(given.from);
    case 'service':
      return isServiceQuestion(given);
    default:
      return false;
  }
};

const isServiceQuestion = (given: Fields): boolean =>
  isName(given.app) &&
  isName(given.environment) &&
  isPart(given.part) &&
  isListOf(given.releases, (one) => isCount(one) && one > 0, MOST_RELEASES) &&
  (given.cursor === null || isCursor(given.cursor)) &&
  (given.tail === null || isCount(given.tail)) &&
  (given.sinceMs === null || isCount(given.sinceMs)) &&
  typeof given.waitMs === 'number' &&
  typeof given.settleMs === 'number';

const isPart = (given: unknown): boolean =>
  isFields(given) && (given.kind === 'migration' || (given.kind === 'service' && isName(given.name)));

const isCursor = (given: unknown): boolean =>
  isFields(given) &&
  hasOnly(given, ['tasks', 'done', 'sinceMs']) &&
  isCount(given.sinceMs) &&
  isListOf(given.done, isTaskId, MOST_DONE) &&
  isRecordOf(given.tasks, MOST_TASKS, isTaskId, (streams) =>
    isRecordOf(streams, MOST_CONTAINERS, isContainer, isPosition),
  );

const isPosition = (given: unknown): boolean =>
  isFields(given) && hasOnly(given, ['atMs', 'taken']) && isCount(given.atMs) && isCount(given.taken);

const isRecordOf = (
  given: unknown,
  most: number,
  isKey: (key: string) => boolean,
  is: (one: unknown) => boolean,
): boolean => {
  if (!isFields(given)) return false;
  const entries = Object.entries(given);
  return entries.length <= most && entries.every(([key, value]) => isKey(key) && is(value));
};

const hasOnly = (given: Fields, keys: readonly string[]): boolean =>
  Object.keys(given).every((key) => keys.includes(key));

const isOwner = ({ workflowId, runIds }: Fields): boolean =>
  isText(workflowId) && isListOf(runIds, isText, MOST_RUNS);

const isNamed = (given: unknown): boolean =>
  isFields(given) && isText(given.step) && (given.logKey === null || isText(given.logKey));

const isStart = (given: unknown): boolean =>
  isFields(given) && ('offset' in given ? Number.isSafeInteger(given.offset) : isTail(given.tail));

const isTail = (given: unknown): boolean => given === null || isCount(given);

const isListOf = (given: unknown, is: (one: unknown) => boolean, most: number): boolean =>
  Array.isArray(given) && given.length <= most && given.every(is);

const isCount = (given: unknown): given is number => Number.isSafeInteger(given) && (given as number) >= 0;

const isText = (given: unknown): given is string => typeof given === 'string';

const isName = (given: unknown): boolean => isText(given) && given !== '' && given.length <= LONGEST_NAME;

const isTaskId = (given: unknown): boolean => isText(given) && TASK_ID.test(given);

const isContainer = (given: string): boolean => CONTAINER.test(given);
