// Tells within milliseconds when one of our containers changes: through the engine's event stream,
// with a full list after each (re)connection and now and then, in case an event was lost.
import type Docker from 'dockerode';
import { labels } from './labels.ts';

export interface WatchOptions {
  readonly docker: Docker;
  readonly instance: string;
  /** A container changed or may have: look at it. If it ended, with what: the engine itself can only tell when it has tidied up. */
  readonly changed: (runtimeId: string, taskId: string, name: string, exitCode: number | undefined) => void;
  /** So did the container that holds the network of a task. */
  readonly networkChanged: (taskId: string) => void;
  /** Anything may have changed: look at all. */
  readonly lookAtAll: () => Promise<void>;
  readonly log: (line: string) => void;
  readonly listEveryMs?: number;
}

const reconnectMs = 500;

interface EngineEvent {
  readonly Action?: string;
  readonly id?: string;
  readonly Actor?: { readonly ID?: string; readonly Attributes?: Readonly<Record<string, string>> };
}

export class Watch {
  readonly #options: WatchOptions;
  #stream: NodeJS.ReadableStream | undefined;
  #retry: NodeJS.Timeout | undefined;
  readonly #periodic: NodeJS.Timeout;
  #closed = false;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#periodic = setInterval(() => void this.#lookAtAll(), options.listEveryMs ?? 10_000);
  }

  async connect(): Promise<void> {
    const { docker, instance } = this.#options;
    const filters = {
      type: ['container'],
      event: ['start', 'die', 'oom', 'health_status', 'destroy'],
      label: [`${labels.instance}=${instance}`],
    };
    const stream = await docker.getEvents({ filters: JSON.stringify(filters) });
    if (this.#closed) {
      destroy(stream);
      return;
    }
    this.#stream = stream;
    let buffered = '';
    stream.on('data', (chunk: Buffer) => {
      const lines = (buffered + chunk.toString()).split('\n');
      buffered = lines.pop() ?? '';
      for (const line of lines) if (line.trim()) this.#hear(line);
    });
    const lost = (): void => this.#reconnect(stream);
    for (const event of ['end', 'error', 'close']) stream.on(event, lost);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#periodic);
    clearTimeout(this.#retry);
    if (this.#stream) destroy(this.#stream);
  }

  #hear(line: string): void {
    const event = JSON.parse(line) as EngineEvent;
    const attributes = event.Actor?.Attributes ?? {};
    const runtimeId = event.Actor?.ID ?? event.id;
    const [taskId, name] = [attributes[labels.task], attributes[labels.container]];
    if (!runtimeId || !taskId) return;
    if (attributes[labels.role] === 'network') this.#options.networkChanged(taskId);
    else if (name) {
      const exitCode = event.Action === 'die' ? Number(attributes.exitCode) : Number.NaN;
      this.#options.changed(runtimeId, taskId, name, Number.isNaN(exitCode) ? undefined : exitCode);
    }
  }

  #reconnect(stream: NodeJS.ReadableStream): void {
    if (this.#closed || this.#stream !== stream) return;
    this.#stream = undefined;
    const attempt = (): void => {
      if (this.#closed) return;
      this.connect().then(
        () => this.#lookAtAll(),
        () => {
          this.#retry = setTimeout(attempt, reconnectMs);
        },
      );
    };
    this.#options.log('docker: the event stream ended; connecting again');
    this.#retry = setTimeout(attempt, reconnectMs);
  }

  async #lookAtAll(): Promise<void> {
    try {
      if (!this.#closed) await this.#options.lookAtAll();
    } catch (error) {
      this.#options.log(`docker: cannot list containers: ${String(error)}`);
    }
  }
}

function destroy(stream: NodeJS.ReadableStream): void {
  (stream as { destroy?: () => void }).destroy?.();
}
