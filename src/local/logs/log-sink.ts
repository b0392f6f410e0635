// The port through which the ECS agent stores what containers print (the `awslogs` driver).

export interface LogEvent {
  readonly timestampMs: number;
  readonly message: string;
}

export interface LogSink {
  /** Creates group and stream as needed. Never throws and never blocks: writing happens behind it, in order. */
  append(group: string, stream: string, events: readonly LogEvent[]): void;
}
