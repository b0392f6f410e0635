/** A terminal that redraws, in this process: what is written to it is shown as xterm shows it. */
import { EventEmitter } from 'node:events';
import { TestScreen } from '../../pty/screen.ts';

export class FakeScreen extends EventEmitter {
  readonly terminal: TestScreen;
  readonly isTTY = true;
  writableNeedDrain = false;
  columns: number;
  rows: number;
  writes: string[] = [];

  constructor(columns = 80, rows = 24) {
    super();
    this.columns = columns;
    this.rows = rows;
    this.terminal = new TestScreen(columns, rows);
  }

  write(text: string): boolean {
    this.writes.push(text);
    // As the kernel does for programs.
    void this.terminal.write(text.replaceAll('\n', '\r\n'));
    return true;
  }

  resize(columns: number, rows: number): void {
    this.terminal.resize(columns, rows);
    this.columns = columns;
    this.rows = rows;
    this.emit('resize');
  }

  async shown(): Promise<ReturnType<TestScreen['snapshot']>> {
    await this.terminal.write('');
    return this.terminal.snapshot();
  }
}
