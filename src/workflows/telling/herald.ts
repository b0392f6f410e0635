/**
 * Lets GitHub know, by a `notify` workflow that goes on by itself: nothing here is waited for, and nothing of it can fail
 * a run. Where GitHub is not told, it costs nothing.
 */
import { CancellationScope, condition, getExternalWorkflowHandle, log } from '@temporalio/workflow';
import type { GitHubSubject, Picture } from '../../release/github-status.ts';
import { NOTIFY_WORKFLOW, notifyWorkflowId } from '../../release/names.ts';
import { summaryLine } from '../../release/page/inert.ts';
import { pictureSignal } from '../desks/messages.ts';
import type { NotifyInput } from '../notify.ts';
import { startBeside } from '../start-beside.ts';

/** Temporal itself starts a child, at once. */
const STARTED_WITHIN_MS = 5_000;

export class Herald {
  #subject: GitHubSubject | null = null;
  #newest: Picture | null = null;
  #isTelling = false;
  #isStarting = false;

  /** Once; what is said before is not heard. */
  begin({ subject, picture }: NotifyInput): void {
    if (this.#subject) return;
    this.#subject = subject;
    this.#isStarting = true;
    void this.#tell(() => this.#start(subject, picture)).finally(() => {
      this.#isStarting = false;
      this.#sayNewest();
    });
  }

  /** What is being said is not interrupted; of what comes meanwhile, the newest is said next. */
  say(draw: (subject: GitHubSubject) => Picture): void {
    if (!this.#subject) return;
    this.#newest = draw(this.#subject);
    this.#sayNewest();
  }

  /** Before the end of the run, which would take a start that is still on its way with it. */
  async leave(): Promise<void> {
    if (this.#isStarting) await condition(() => !this.#isStarting, STARTED_WITHIN_MS);
  }

  #sayNewest(): void {
    const [subject, picture] = [this.#subject, this.#newest];
    if (!subject || !picture || this.#isTelling) return;
    this.#newest = null;
    // Somebody may have ended it, or it was over before a reset brought this run back.
    void this.#tell(() => this.#signal(subject, picture).catch(() => this.#start(subject, picture))).finally(
      () => this.#sayNewest(),
    );
  }

  /** An operator's stop, or Temporal's, is nothing to keep from GitHub. */
  async #tell(work: () => Promise<void>): Promise<void> {
    this.#isTelling = true;
    try {
      await CancellationScope.nonCancellable(work);
    } catch (error) {
      log.warn('GitHub is not told', { error });
    } finally {
      this.#isTelling = false;
    }
  }

  async #signal({ runId }: GitHubSubject, picture: Picture): Promise<void> {
    await getExternalWorkflowHandle(notifyWorkflowId(runId)).signal(pictureSignal, picture);
  }

  async #start(subject: GitHubSubject, picture: Picture): Promise<void> {
    const { repository, label, sha } = subject;
    const input: NotifyInput = { subject, picture };
    const isNew = await startBeside(NOTIFY_WORKFLOW, {
      workflowId: notifyWorkflowId(subject.runId),
      input,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      staticSummary: summaryLine(
        `tells GitHub: ${[repository, label, sha.slice(0, 12)].filter(Boolean).join(' ')}`,
      ),
    });
    // Of the run that a reset has ended: it goes on with this one.
    if (!isNew) await this.#signal(subject, picture);
  }
}
