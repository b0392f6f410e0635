/**
 * The `notify` workflow: tells GitHub how a release, or the checks of a commit, stand. It is started by them and lives on
 * by itself: GitHub may be away for hours, and nobody waits. The end is looked for at Temporal, not told by the run, so
 * that one that was terminated is told as well.
 */

import {
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
  setHandler,
} from '@temporalio/workflow';
import type { Told } from '../activities/contracts/github.ts';
import { isFields } from '../release/fields.ts';
import { type CommitStatus, type GitHubSubject, isUnderWay, type Picture } from '../release/github-status.ts';
import { notifyPage } from '../release/page/notify-page.ts';
import { pictureSignal } from './desks/messages.ts';
import { awaitsEndOf, tells, tellsTheEnd } from './pools/github.ts';
import { causeOf } from './release-failure.ts';
import { keepPage } from './telling/page.ts';

export interface NotifyInput {
  readonly subject: GitHubSubject;
  /** To begin with. */
  readonly picture: Picture;
}

export interface NotifyResult {
  readonly deploymentId: number | null;
  readonly shown: Picture;
}

const MINUTE = 60_000;
/** At first soon, so that a killed worker delays the last word of a usual release by little. */
const FIRST_WAIT_MS = 10 * MINUTE;
const LONGEST_WAIT_MS = 60 * MINUTE;

/**
 * Fails with `NotTold` where GitHub did not take the last word.
 *
 * @param input of a herald; Temporal's UI and CLI may start it with any JSON
 */
export const notify = async (input: NotifyInput): Promise<NotifyResult> => {
  if (!isFields(input) || !isSubject(input.subject) || !isPicture(input.picture)) {
    throw ApplicationFailure.nonRetryable(
      'the input of notify: expected {"subject":…,"picture":…}; a release starts it',
      'ConfigurationError',
    );
  }
  const { subject, picture } = input;
  let wanted = picture;
  let isOver = false;
  setHandler(pictureSignal, (next) => {
    if (!isOver && isPicture(next)) wanted = next;
  });
  const watch = async (): Promise<void> => {
    for (let forMs = FIRST_WAIT_MS; ; forMs = Math.min(2 * forMs, LONGEST_WAIT_MS)) {
      const end = await awaitsEndOf(forMs).awaitEnd({ subject, forMs, shown: wanted });
      if (end === null) continue;
      wanted = end;
      isOver = true;
      return;
    }
  };
  const watching = watch();
  // Whatever keeps it from the end ends the telling as well, below.
  watching.catch(() => {
    isOver = true;
  });
  const teller = new Teller(subject);
  keepPage(() => notifyPage(subject, wanted, teller.problems));
  for (let shown: Picture | null = null; ; ) {
    await condition(() => shown !== wanted || isOver);
    const [next, isLast] = [wanted, isOver];
    if (next !== shown) await teller.tell(next, isLast, () => wanted !== next || isOver !== isLast);
    shown = next;
    if (!isLast || wanted !== next) continue;
    await watching;
    if (teller.problems.length > 0) {
      throw ApplicationFailure.nonRetryable(
        `GitHub (${subject.repository}) was not told: ${teller.problems.join('; ')}`,
        'NotTold',
      );
    }
    return { deploymentId: teller.deploymentId, shown: next };
  }
};

/** One at a time, in order: what is new ends what is being told. */
class Teller {
  deploymentId: number | null = null;
  /** Of the last telling. */
  problems: readonly string[] = [];
  readonly #subject: GitHubSubject;
  readonly #told = new Map<string, CommitStatus>();

  constructor(subject: GitHubSubject) {
    this.#subject = subject;
  }

  async tell(picture: Picture, isLast: boolean, isOutdated: () => boolean): Promise<void> {
    const subject = this.#subject;
    const statuses = picture.statuses.filter((status) => !isSame(this.#told.get(status.context), status));
    const scope = new CancellationScope();
    let isDone = false;
    const telling = scope.run(() =>
      (isLast ? tellsTheEnd : tells).tellGitHub({
        subject,
        picture: { ...picture, statuses },
        deploymentId: this.deploymentId,
      }),
    );
    const outcome = telling.then(
      (told) => this.#note(told, statuses),
      (error: unknown) => this.#noteTrouble(error, statuses),
    );
    outcome.then(
      () => {
        isDone = true;
      },
      () => {
        isDone = true;
      },
    );
    await condition(() => isDone || isOutdated());
    if (!isDone) scope.cancel();
    await outcome;
  }

  #note({ deploymentId, problems }: Told, statuses: readonly CommitStatus[]): void {
    this.deploymentId = deploymentId;
    this.problems = problems;
    for (const status of statuses) {
      if (problems.length === 0) this.#told.set(status.context, status);
    }
  }

  #noteTrouble(error: unknown, statuses: readonly CommitStatus[]): void {
    // Some of it may have been told.
    for (const { context } of statuses) this.#told.delete(context);
    if (isCancellation(error) && CancellationScope.current().consideredCancelled) throw error;
    this.problems = isCancellation(error) ? [] : [causeOf(error, 'tell').summary];
  }
}

const isSame = (one: CommitStatus | undefined, other: CommitStatus): boolean =>
  one?.state === other.state && one.description === other.description;

/** Temporal's UI and CLI may send any JSON. */
const isPicture = (value: unknown): value is Picture => {
  if (!isFields(value) || !Array.isArray(value.statuses)) return false;
  const { deployment, statuses } = value;
  if (deployment !== null && !hasTexts(deployment, ['state', 'description'])) return false;
  if (!statuses.every((status) => hasTexts(status, ['context', 'state', 'description']))) return false;
  return isUnderWay(value as unknown as Picture);
};

const isSubject = (value: unknown): value is GitHubSubject =>
  hasTexts(value, ['kind', 'repository', 'label', 'runId', 'app', 'environment', 'sha']);

const hasTexts = (value: unknown, names: readonly string[]): boolean =>
  isFields(value) && names.every((name) => typeof value[name] === 'string');
