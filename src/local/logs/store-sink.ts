// What the ECS agent does with the log store: open a stream, append to it, and find out where it was.
import type { LogSink } from './log-sink.ts';
import type { LogStore } from './log-store.ts';

export function createLogSink(store: LogStore): LogSink {
  return {
    open(group, stream, createGroup) {
      if (!store.groups.has(group) && !createGroup) return false;
      store.ensureStream(store.ensureGroup(group), stream);
      return true;
    },
    append(group, stream, events) {
      store.ensureStream(store.ensureGroup(group), stream).append(events);
    },
    async tail(group, stream, withinMs) {
      const file = store.groups.get(group)?.streams.get(stream);
      if (file?.lastEventMs === undefined) return [];
      const events = await file.read();
      const newestMs = events.reduce((newest, { timestampMs }) => Math.max(newest, timestampMs), 0);
      return events.filter(({ timestampMs }) => timestampMs >= newestMs - withinMs);
    },
    async flushed(group, stream) {
      await store.groups.get(group)?.streams.get(stream)?.flushed();
    },
  };
}
