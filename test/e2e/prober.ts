/** Asks a service through its load balancer without pause, each time over a new connection, until told to stop. */
import { setTimeout as delay } from 'node:timers/promises';

export interface Failure {
  readonly atMs: number;
  readonly what: string;
}

const INTERVAL_MS = 50;
const LONGEST_ANSWER_MS = 5_000;

export class Prober {
  readonly failures: Failure[] = [];
  sent = 0;
  #running = true;
  readonly #loop: Promise<void>;

  constructor(url: string) {
    this.#loop = this.#run(url);
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#loop;
  }

  async #run(url: string): Promise<void> {
    while (this.#running) {
      this.sent += 1;
      const atMs = Date.now();
      try {
        const answer = await fetch(url, {
          headers: { connection: 'close' },
          signal: AbortSignal.timeout(LONGEST_ANSWER_MS),
        });
        if (!answer.ok) this.failures.push({ atMs, what: `status ${answer.status}` });
        await answer.text();
      } catch (error) {
        this.failures.push({ atMs, what: String((error as Error).cause ?? error) });
      }
      await delay(INTERVAL_MS);
    }
  }
}
