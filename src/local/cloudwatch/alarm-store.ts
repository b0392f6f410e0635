// The alarms by name, who wants to hear of their changes, and the file behind them.
import type { AlarmState, Alarms } from './alarms.ts';
import type { AlarmRecord, CloudwatchStateFile, HistoryRecord } from './state.ts';

/** CloudWatch keeps the history of thirty days; here, the newest entries. */
const historyLength = 1000;

export class AlarmStore implements Alarms {
  readonly #file: CloudwatchStateFile;
  readonly #byName = new Map<string, AlarmRecord>();
  readonly #tags = new Map<string, Map<string, string>>();
  readonly #listeners = new Set<(name: string) => void>();

  constructor(file: CloudwatchStateFile) {
    this.#file = file;
    for (const alarm of file.state.alarms) this.#byName.set(alarm.name, alarm);
    for (const { arn, tags } of file.state.tags) {
      this.#tags.set(arn, new Map(tags.map(({ key, value }) => [key, value])));
    }
  }

  /** By name. */
  get all(): AlarmRecord[] {
    return [...this.#byName.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  get history(): readonly HistoryRecord[] {
    return this.#file.state.history;
  }

  find(nameOrArn: string): AlarmRecord | undefined {
    return (
      this.#byName.get(nameOrArn) ??
      this.#byName.get(/^arn:aws[^:]*:cloudwatch:.*?:alarm:(.+)$/.exec(nameOrArn)?.[1] ?? '')
    );
  }

  stateOf(name: string): AlarmState | undefined {
    return this.find(name)?.state;
  }

  evaluationMs(name: string): number | undefined {
    const alarm = this.find(name);
    if (alarm === undefined) return undefined;
    const { Period, EvaluationPeriods, Metrics } = alarm.settings;
    const periods = [Period, ...periodsOf(Metrics)].filter((each) => typeof each === 'number');
    // CloudWatch's default period is a minute.
    const seconds = periods.length === 0 ? 60 : Math.max(...periods);
    return seconds * (typeof EvaluationPeriods === 'number' ? EvaluationPeriods : 1) * 1000;
  }

  onChange(listener: (name: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tagsOf(arn: string): Map<string, string> {
    const tags = this.#tags.get(arn) ?? new Map<string, string>();
    this.#tags.set(arn, tags);
    return tags;
  }

  put(alarm: AlarmRecord): void {
    this.#byName.set(alarm.name, alarm);
  }

  delete(alarm: AlarmRecord): void {
    this.#byName.delete(alarm.name);
    this.#tags.delete(alarm.arn);
  }

  record(entry: HistoryRecord): void {
    const { history } = this.#file.state;
    history.unshift(entry);
    history.length = Math.min(history.length, historyLength);
  }

  /** Resolves when all is on disk; then those who listen for `changed` are told, never of what might be lost. */
  async save(changed: readonly string[] = []): Promise<void> {
    const { state } = this.#file;
    state.alarms = this.all;
    state.tags = [...this.#tags].map(([arn, tags]) => ({
      arn,
      tags: [...tags].map(([key, value]) => ({ key, value })),
    }));
    await this.#file.save();
    for (const name of changed) for (const listener of this.#listeners) listener(name);
  }
}

/** Metric math: the periods lie in the queries. */
function periodsOf(metrics: unknown): unknown[] {
  if (!Array.isArray(metrics)) return [];
  return (metrics as { Period?: number; MetricStat?: { Period?: number } }[]).flatMap(
    ({ Period, MetricStat }) => [Period, MetricStat?.Period],
  );
}
