/**
 * A release that is watched in a GitHub Actions job: groups in the log, annotations, a summary, outputs. Shared by the
 * Action and by `slipway deploy` and `watch` in a step of somebody's own.
 */
import type { FoundRelease } from '../../client/index.ts';
import { SlipwayError } from '../../errors.ts';
import type { ReleaseReport } from '../../release/verdict.ts';
import { inert, oneLine } from '../render/sanitize.ts';
import { HEADLINE, meaningOf } from '../render/verdict-text.ts';
import type { Terminal } from '../terminal.ts';
import { annotationsOf } from './annotations.ts';
import { GroupedView } from './grouped-view.ts';
import { releaseOutputs, reportOutputs } from './outputs.ts';
import { appendSummary, type Outputs, setOutputs } from './runner-files.ts';
import { awaySummary, summaryOf } from './summary.ts';
import { type Annotation, annotation, inGitHubActions } from './workflow-commands.ts';

export interface JobRelease extends FoundRelease {
  /** In Temporal's UI, where its address is known. */
  readonly url: string | undefined;
}

export class GitHubJob {
  readonly #terminal: Terminal;
  readonly #release: JobRelease;
  readonly view: GroupedView;

  constructor(terminal: Terminal, release: JobRelease, heartbeatMs: number) {
    this.#terminal = terminal;
    this.#release = release;
    this.view = new GroupedView(terminal, release.workflowId, heartbeatMs);
  }

  /** Before anybody waits: a job that is cancelled has them all the same. */
  async begun(): Promise<void> {
    await this.#set(releaseOutputs(this.#release, this.#release.url));
  }

  /** @param service whose task definition later steps want */
  async ended(report: ReleaseReport, service?: string): Promise<void> {
    this.view.close();
    // The report is folded: what it comes to stands below it.
    const { app, environment, verdict } = report;
    const where = `${oneLine(app)} → ${oneLine(environment)}`;
    this.#terminal.progress(inert(`${HEADLINE[verdict].text}  ${where}: ${meaningOf(report)}`));
    for (const note of annotationsOf(report)) this.#annotate(note);
    await this.#set(reportOutputs(report, service));
    await this.#summarize(summaryOf(report, this.#release.workflowId, this.#release.url));
  }

  /** @param commands how to come back, or what a person can do */
  async left(note: Annotation, commands: readonly string[]): Promise<void> {
    this.view.close();
    this.#annotate(note);
    const { workflowId, url } = this.#release;
    await this.#summarize(awaySummary(note.title, workflowId, [note.message, ...commands], url));
  }

  /** How it ends nobody here has seen: the error itself is told by whoever catches it. */
  async lost(error: unknown): Promise<void> {
    this.view.close();
    const { workflowId, url } = this.#release;
    const message = error instanceof Error ? error.message : String(error);
    const advice = error instanceof SlipwayError ? (error.advice ?? '') : '';
    await this.#summarize(awaySummary('✗ no verdict was seen', workflowId, [message, advice], url));
  }

  #annotate(note: Annotation): void {
    this.#terminal.progress(annotation(note));
  }

  async #set(outputs: Outputs): Promise<void> {
    this.#complain(await setOutputs(this.#terminal.env, outputs));
  }

  async #summarize(markdown: string): Promise<void> {
    this.#complain(await appendSummary(this.#terminal.env, markdown));
  }

  #complain(trouble: string | undefined): void {
    if (trouble !== undefined) this.#terminal.progress(inert(`! ${oneLine(trouble)}`));
  }
}

/** Undefined outside of GitHub Actions. */
export const gitHubJob = (
  terminal: Terminal,
  release: JobRelease,
  heartbeatMs: number,
): GitHubJob | undefined =>
  inGitHubActions(terminal.env) ? new GitHubJob(terminal, release, heartbeatMs) : undefined;
