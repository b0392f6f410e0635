/** A command in a real pseudo-terminal, each of its frames interpreted. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type Snapshot, TestScreen } from './screen.ts';

const RUNNER = fileURLToPath(new URL('./run-in-pty.py', import.meta.url));
/** With what a program says that a frame is complete. */
const FRAME_END = '\u001b[?2026l';

export interface PtyOptions {
  readonly columns: number;
  readonly rows: number;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export class PtyRun {
  readonly screen: TestScreen;
  /** The screen after each frame. */
  readonly frames: Snapshot[] = [];
  readonly exited: Promise<number>;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  #bytes = Buffer.alloc(0);
  #work: Promise<void> = Promise.resolve();
  #stderr = '';
  readonly #chunks: Buffer[] = [];

  constructor(command: readonly string[], { columns, rows, env, cwd = '/' }: PtyOptions) {
    this.screen = new TestScreen(columns, rows);
    const argv = [RUNNER, String(columns), String(rows), ...command];
    this.#child = spawn('python3', argv, { cwd, env: { ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stderr.on('data', (chunk) => {
      this.#stderr += String(chunk);
    });
    this.#child.stdout.on('data', (chunk: Buffer) => this.#then(() => this.#take(chunk)));
    this.exited = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code) => {
        this.#then(async () => {
          await this.screen.write(this.#bytes);
          resolve(code ?? 255);
        });
      });
    });
  }

  /** All that it has written so far. */
  get raw(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }

  type(keys: string): void {
    this.#order({ keys });
  }

  /** As when somebody drags the corner of the window: the terminal is first, the program hears of it. */
  resize(columns: number, rows: number): void {
    this.#then(async () => {
      this.screen.resize(columns, rows);
      this.#order({ resize: [columns, rows] });
    });
  }

  /** The first screen that `is` holds for, from now on. */
  async until(is: (snapshot: Snapshot) => boolean, timeoutMs = 20_000): Promise<Snapshot> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      await this.#work;
      const snapshot = this.screen.snapshot();
      if (is(snapshot)) return snapshot;
      if (Date.now() > deadline) {
        throw new Error(`never seen; the screen is\n${snapshot.lines.join('\n')}\n${this.#stderr}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Whatever happened in the test, nothing is left behind. */
  async end(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.exited;
  }

  #order(order: object): void {
    if (this.#child.stdin.writable) this.#child.stdin.write(`${JSON.stringify(order)}\n`);
  }

  #then(work: () => Promise<void>): void {
    this.#work = this.#work.then(work);
  }

  async #take(chunk: Buffer): Promise<void> {
    this.#chunks.push(chunk);
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    for (;;) {
      const at = this.#bytes.indexOf(FRAME_END);
      if (at === -1) break;
      const end = at + FRAME_END.length;
      await this.screen.write(this.#bytes.subarray(0, end));
      this.frames.push(this.screen.snapshot());
      this.#bytes = this.#bytes.subarray(end);
    }
    // What comes between frames; the beginning of an end of a frame is kept for later.
    const held = Math.min(this.#bytes.length, FRAME_END.length);
    const tail = this.#bytes.lastIndexOf('\u001b', undefined, 'latin1');
    const keep = tail >= this.#bytes.length - held && tail !== -1 ? this.#bytes.length - tail : 0;
    await this.screen.write(this.#bytes.subarray(0, this.#bytes.length - keep));
    this.#bytes = this.#bytes.subarray(this.#bytes.length - keep);
  }
}
