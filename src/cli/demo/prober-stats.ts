/**
 * What the prober has seen, by phase: counts, the slowest answer, and the first failures whole.
 */

export interface ProbeFailure {
  readonly atMs: number;
  readonly target: string;
  /** `keep-alive` or `new connection`. */
  readonly connection: string;
  readonly reason: string;
}

export interface PhaseStats {
  readonly phase: string;
  readonly sent: number;
  readonly failed: number;
  readonly slowestMs: number;
}

export interface ProbeReport {
  readonly phases: readonly PhaseStats[];
  /** At most `KEPT_FAILURES`. */
  readonly failures: readonly ProbeFailure[];
}

const KEPT_FAILURES = 20;

export class ProbeStats {
  readonly #phases: { phase: string; sent: number; failed: number; slowestMs: number }[] = [];
  readonly #failures: ProbeFailure[] = [];

  begin(phase: string): void {
    this.#phases.push({ phase, sent: 0, failed: 0, slowestMs: 0 });
  }

  /** A request counts where it was sent. Returns how to say how it ended. */
  send(): { succeeded: (tookMs: number) => void; failed: (failure: ProbeFailure, tookMs: number) => void } {
    const phase = this.#phases.at(-1);
    if (!phase) throw new Error('begin() comes first');
    phase.sent += 1;
    const took = (tookMs: number): void => {
      phase.slowestMs = Math.max(phase.slowestMs, Math.round(tookMs));
    };
    return {
      succeeded: took,
      failed: (failure, tookMs) => {
        took(tookMs);
        phase.failed += 1;
        if (this.#failures.length < KEPT_FAILURES) this.#failures.push(failure);
      },
    };
  }

  report(): ProbeReport {
    return { phases: this.#phases.map((phase) => ({ ...phase })), failures: [...this.#failures] };
  }
}
