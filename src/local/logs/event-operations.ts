// CloudWatch Logs' operations on events: put, get, filter.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html and its neighbours
import type * as sdk from '@aws-sdk/client-cloudwatch-logs';
import type { Operations, SdkOperation } from '../wire/operations.ts';
import { nextTokenOf, pageOf } from '../wire/paging.ts';
import { acceptEvents } from './acceptance.ts';
import { isWithin, maxEvents, pageEvents } from './event-page.ts';
import { compileFilter } from './filter-pattern.ts';
import type { LogStore } from './log-store.ts';
import { requireGroup, requireStream } from './lookup.ts';
import { assertLimit, assertOneChoice, invalid } from './parameters.ts';
import type { StoredEvent } from './stream-file.ts';

export function eventOperations(store: LogStore): Operations {
  const put: SdkOperation<sdk.PutLogEventsCommandInput, sdk.PutLogEventsCommandOutput> = async (input) => {
    const group = requireGroup(store, input);
    const stream = requireStream(group, input.logStreamName);
    const events = (input.logEvents ?? []).map(({ timestamp = 0, message = '' }) => ({
      timestampMs: timestamp,
      message,
    }));
    if (events.some((event, index) => event.timestampMs < (events[index - 1]?.timestampMs ?? 0))) {
      throw invalid('Log events in a single PutLogEvents request must be in chronological order.');
    }
    const { accepted, rejected } = acceptEvents(events, Date.now(), group.record.retentionInDays);
    stream.append(accepted);
    await stream.flushed();
    return {
      nextSequenceToken: String(stream.lastIngestedAtMs ?? 0).padStart(56, '0'),
      ...(rejected && { rejectedLogEventsInfo: rejected }),
    };
  };

  const get: SdkOperation<sdk.GetLogEventsCommandInput, sdk.GetLogEventsCommandOutput> = async (input) => {
    assertLimit(input.limit, maxEvents);
    const stream = requireStream(requireGroup(store, input), input.logStreamName);
    const { events, ...tokens } = pageEvents(await stream.read(), input);
    return {
      events: events.map(({ timestampMs, ingestedAtMs, message }) => ({
        timestamp: timestampMs,
        ingestionTime: ingestedAtMs,
        message,
      })),
      ...tokens,
    };
  };

  const filter: SdkOperation<sdk.FilterLogEventsCommandInput, sdk.FilterLogEventsCommandOutput> = async (
    input,
  ) => {
    assertLimit(input.limit, maxEvents);
    assertOneChoice(input.logStreamNames, input.logStreamNamePrefix);
    const group = requireGroup(store, input);
    const matches = compileFilter(input.filterPattern);
    const named = input.logStreamNames?.map((name) => requireStream(group, name));
    const streams = (named ?? [...group.streams.values()]).filter((stream) =>
      stream.name.startsWith(input.logStreamNamePrefix ?? ''),
    );
    const found = (
      await Promise.all(
        streams.map(async (stream) =>
          (
            await stream.read()
          ).map((event, index) => ({ event, id: `${stream.name}/${index}`, stream: stream.name })),
        ),
      )
    )
      .flat()
      .filter(({ event }) => isWithin(event, input) && matches(event.message))
      .sort((left, right) => left.event.timestampMs - right.event.timestampMs);
    const page = pageOf(found, { nextToken: input.nextToken, maxResults: input.limit }, maxEvents);
    return {
      events: page.items.map(({ event, id, stream }) => describeEvent(event, id, stream)),
      searchedLogStreams: [],
      ...nextTokenOf(page),
    };
  };

  return { PutLogEvents: put, GetLogEvents: get, FilterLogEvents: filter };
}

function describeEvent(event: StoredEvent, eventId: string, logStreamName: string): sdk.FilteredLogEvent {
  return {
    logStreamName,
    timestamp: event.timestampMs,
    message: event.message,
    ingestionTime: event.ingestedAtMs,
    eventId,
  };
}
