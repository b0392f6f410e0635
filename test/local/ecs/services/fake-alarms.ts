// CloudWatch alarms whose states a test sets.
import type { AlarmState, Alarms } from '../../../../src/local/cloudwatch/alarms.ts';

export class FakeAlarms implements Alarms {
  readonly #states = new Map<string, AlarmState>();
  readonly #listeners = new Set<(name: string) => void>();
  /** Of every alarm. */
  evaluation = 0;

  set(name: string, state: AlarmState): void {
    this.#states.set(name, state);
    for (const listener of [...this.#listeners]) listener(name);
  }

  stateOf(name: string): AlarmState | undefined {
    return this.#states.get(name);
  }

  evaluationMs(name: string): number | undefined {
    return this.#states.has(name) ? this.evaluation : undefined;
  }

  onChange(listener: (name: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
