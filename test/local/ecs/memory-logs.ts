// A log sink that keeps lines in memory. All groups exist but those that a test takes away.
import type { LogEvent, LogSink } from '../../../src/local/logs/log-sink.ts';

export class MemoryLogs implements LogSink {
  /** `group stream` → events, in order of arrival. */
  readonly events = new Map<string, LogEvent[]>();
  readonly missingGroups = new Set<string>();

  /** `group stream` → messages. */
  get lines(): Map<string, string[]> {
    return new Map([...this.events].map(([key, events]) => [key, events.map(({ message }) => message)]));
  }

  open(group: string, stream: string, createGroup: boolean): boolean {
    if (this.missingGroups.has(group) && !createGroup) return false;
    const key = `${group} ${stream}`;
    if (!this.events.has(key)) this.events.set(key, []);
    return true;
  }

  append(group: string, stream: string, events: readonly LogEvent[]): void {
    this.open(group, stream, true);
    this.events.get(`${group} ${stream}`)?.push(...events);
  }

  async tail(group: string, stream: string, withinMs: number): Promise<readonly LogEvent[]> {
    const events = this.events.get(`${group} ${stream}`) ?? [];
    const newestMs = Math.max(...events.map(({ timestampMs }) => timestampMs));
    return events.filter(({ timestampMs }) => timestampMs >= newestMs - withinMs);
  }

  async flushed(): Promise<void> {}
}
