// The port through which the ECS agent stores what containers print (the `awslogs` driver).

export interface LogEvent {
  readonly timestampMs: number;
  readonly message: string;
}

export interface LogSink {
  /** Makes the stream if it is not there. False if its group does not exist and shall not be made. */
  open(group: string, stream: string, createGroup: boolean): boolean;
  /** Creates group and stream as needed. Never throws and never blocks: writing happens behind it, in order. */
  append(group: string, stream: string, events: readonly LogEvent[]): void;
  /** The stream's last events, in order of arrival: those of its last `withinMs`, for an agent that takes up where it was. */
  tail(group: string, stream: string, withinMs: number): Promise<readonly LogEvent[]>;
  /** Resolves when all that was appended to the stream is on disk. */
  flushed(group: string, stream: string): Promise<void>;
}
