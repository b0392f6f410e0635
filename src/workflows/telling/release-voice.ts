/**
 * Who hears how a release stands: whoever asks it, and Temporal's page of it; GitHub; Temporal's lists; in the end the
 * store, which keeps its report.
 */
import { setHandler, workflowInfo } from '@temporalio/workflow';
import { type GitHubPlace, pictureOfPhase, type ReleasePhase } from '../../release/github-status.ts';
import { releasePage } from '../../release/page/release-page.ts';
import { isIndexed } from '../../release/search-attributes.ts';
import type { Verdict } from '../../release/verdict.ts';
import { REPORT_DESCRIPTION, STATUS_DESCRIPTION } from '../desks/descriptions.ts';
import { reportQuery, statusQuery } from '../desks/messages.ts';
import { farewell } from '../pools/control.ts';
import { causeOf } from '../release-failure.ts';
import type { Road } from './course.ts';
import { Herald } from './herald.ts';
import { keepPage } from './page.ts';
import type { ReleaseStory } from './release-story.ts';
import { labelRun, wasLabelled } from './search-labels.ts';

export class ReleaseVoice {
  readonly #story: ReleaseStory;
  readonly #releaseId: string;
  readonly #herald = new Herald();

  constructor(story: ReleaseStory, releaseId: string) {
    this.#story = story;
    this.#releaseId = releaseId;
  }

  /** From now on, whenever it is asked or looked at; to be called once. */
  answer(): void {
    setHandler(statusQuery, () => this.#story.status(), { description: STATUS_DESCRIPTION });
    setHandler(reportQuery, () => this.#story.reportSoFar(), { description: REPORT_DESCRIPTION });
    keepPage(() => releasePage(this.#story.status(), workflowInfo().workflowId));
  }

  /** Its course has found out what the release is about. */
  readonly onSubject: Road['onSubject'] = (subject, source) => {
    this.#story.noteSubject(subject);
    if (isIndexed(source, Date.now())) labelRun(this.#story.searchValues);
  };

  readonly onGitHub = (github: GitHubPlace, sha: string): void => {
    const { place } = this.#story;
    if (!place) return;
    const subject = { kind: 'release', runId: this.#releaseId, ...place, ...github, sha } as const;
    this.#herald.begin({ subject, picture: pictureOfPhase(github.label, 'waiting') });
  };

  /** Nobody hears it where GitHub is not told. */
  tellPhase(phase: ReleasePhase): void {
    this.#herald.say(({ label }) => pictureOfPhase(label, phase));
  }

  /**
   * Into the store. Returns whether the run can be labelled.
   *
   * @param leaveMark the next release has to look at what this one leaves
   */
  async keepReport(verdict: Verdict, leaveMark: boolean): Promise<boolean> {
    const { place } = this.#story;
    if (!place) return wasLabelled();
    const [releaseId, report] = [this.#releaseId, this.#story.report(verdict)];
    try {
      const closed = await farewell.closeRelease({ ...place, releaseId, leaveMark, report });
      return isIndexed(closed, Date.now());
    } catch (error) {
      const why = causeOf(error, 'report').summary;
      this.#story.warn([`the report could not be kept in the store: ${why}`]);
      return false;
    }
  }

  label(verdict: Verdict): void {
    labelRun({ ...this.#story.searchValues, verdict });
  }

  /** Before the end of the run. */
  leave(): Promise<void> {
    return this.#herald.leave();
  }
}
