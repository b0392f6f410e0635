/**
 * A release in the log of a GitHub Actions job: the lines of the line view, a group for each phase, and after each
 * group one line that says how it went, for people who leave the groups folded.
 */
import type { PendingActivity } from '../../client/index.ts';
import type { ReleaseReport, StepStatus } from '../../release/verdict.ts';
import { humanDuration } from '../render/duration.ts';
import type { Shown } from '../render/progress.ts';
import { inert, oneLine } from '../render/sanitize.ts';
import type { Terminal } from '../terminal.ts';
import { LineView } from '../watching/line-view.ts';
import type { ReleaseView } from '../watching/release-view.ts';
import { hasBegun, orderOf, PHASES, type Phase, phaseOf } from './phases.ts';
import { GROUP_END, groupStart } from './workflow-commands.ts';

export class GroupedView implements ReleaseView {
  readonly #terminal: Terminal;
  readonly #lines: LineView;
  #phase: Phase | undefined;
  #shown: Shown | undefined;

  constructor(terminal: Terminal, workflowId: string, heartbeatMs: number) {
    this.#terminal = terminal;
    this.#lines = new LineView(terminal, workflowId, heartbeatMs);
  }

  show(status: Shown, pending: readonly PendingActivity[]): void {
    this.#shown = status;
    for (const phase of begunAfter(status.steps, this.#phase)) {
      // What ended a phase is said in its own group, although it is heard of together with the next one's beginning.
      this.#lines.show({ ...status, steps: upTo(status.steps, this.#phase) }, []);
      this.#open(phase);
    }
    this.#lines.show(status, pending);
  }

  tick(pending: readonly PendingActivity[]): void {
    this.#lines.tick(pending);
  }

  temporalIsAway(): void {
    this.#lines.temporalIsAway();
  }

  controlIsAway(): void {
    this.#lines.controlIsAway();
  }

  ended(report: ReleaseReport): void {
    this.show(report, []);
  }

  /** An open group would swallow whatever is printed next. */
  close(): void {
    const phase = this.#phase;
    if (phase === undefined) return;
    this.#phase = undefined;
    this.#terminal.progress(GROUP_END);
    const steps = this.#shown?.steps.filter((step) => phaseOf(step) === phase && hasBegun(step)) ?? [];
    this.#terminal.progress(inert(phaseLine(phase, steps)));
  }

  #open(phase: Phase): void {
    this.close();
    this.#phase = phase;
    this.#terminal.progress(groupStart(phase));
  }
}

const begunAfter = (steps: readonly StepStatus[], phase: Phase | undefined): readonly Phase[] =>
  PHASES.slice(phase === undefined ? 0 : orderOf(phase) + 1).filter((later) =>
    steps.some((step) => phaseOf(step) === later && hasBegun(step)),
  );

const upTo = (steps: readonly StepStatus[], phase: Phase | undefined): readonly StepStatus[] =>
  steps.filter((step) => phase !== undefined && orderOf(phaseOf(step)) <= orderOf(phase));

function phaseLine(phase: Phase, steps: readonly StepStatus[]): string {
  const failed = steps.filter(({ state }) => state === 'failed').map(({ id }) => oneLine(id));
  if (failed.length > 0) return `✗ ${phase}: ${failed.join(', ')} failed`;
  const open = steps.filter(({ state }) => state === 'running').map(({ id }) => oneLine(id));
  if (open.length > 0) return `▸ ${phase}: ${open.join(', ')} still running`;
  if (steps.some(({ state }) => state === 'cancelled')) return `⊘ ${phase}: cancelled`;
  const began = steps.flatMap(({ startedAtMs }) => startedAtMs ?? []);
  const ended = steps.flatMap(({ endedAtMs }) => endedAtMs ?? []);
  const took = began.length > 0 && ended.length > 0 ? Math.max(...ended) - Math.min(...began) : 0;
  return `✓ ${phase}  ${humanDuration(took)}`;
}
