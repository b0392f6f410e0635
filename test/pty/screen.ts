/** A terminal's screen as people see it: xterm's own interpretation of the bytes. */
import headless from '@xterm/headless';

const { Terminal } = headless;

export interface Snapshot {
  /** The visible lines, without blanks at their ends; empty ones below the last are left out. */
  readonly lines: readonly string[];
  /** All lines that have scrolled out at the top. */
  readonly above: readonly string[];
  /** Rows that go on from the one before: it was too long. */
  readonly wrapped: readonly number[];
  readonly cursorRow: number;
  readonly cursorColumn: number;
  readonly cursorHidden: boolean;
  readonly columns: number;
  readonly rows: number;
}

export class TestScreen {
  readonly terminal: InstanceType<typeof Terminal>;
  #cursorHidden = false;

  constructor(columns: number, rows: number) {
    this.terminal = new Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 5_000 });
    for (const [final, hidden] of [
      ['h', false],
      ['l', true],
    ] as const) {
      this.terminal.parser.registerCsiHandler({ prefix: '?', final }, (parameters) => {
        if (parameters.includes(25)) this.#cursorHidden = hidden;
        return false;
      });
    }
  }

  write(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => this.terminal.write(bytes, resolve));
  }

  resize(columns: number, rows: number): void {
    this.terminal.resize(columns, rows);
  }

  snapshot(): Snapshot {
    const { active } = this.terminal.buffer;
    const { rows, cols } = this.terminal;
    const at = (row: number) => active.getLine(row);
    const text = (row: number): string => at(row)?.translateToString(true) ?? '';
    const visible = Array.from({ length: rows }, (_, row) => active.baseY + row);
    const lines = visible.map(text);
    while (lines.length > 0 && lines.at(-1) === '') lines.pop();
    return {
      lines,
      above: Array.from({ length: active.baseY }, (_, row) => text(row)),
      wrapped: visible.flatMap((row, index) => (at(row)?.isWrapped === true ? [index] : [])),
      cursorRow: active.cursorY,
      cursorColumn: active.cursorX,
      cursorHidden: this.#cursorHidden,
      columns: cols,
      rows,
    };
  }
}
