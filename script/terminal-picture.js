#!/usr/bin/env node
// A picture of a command in a terminal, as SVG: the real command, in a real pseudo-terminal, read by xterm's own code.
// Usage: script/terminal-picture.js --out <file> [--columns 90] [--rows 30] [--when <text>] [--title <text>] -- <command...>
// The picture is of the end, or of the last screen that has the text of --when on it (a regular expression).
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import headless from '@xterm/headless';

const RUNNER = fileURLToPath(new URL('../test/pty/run-in-pty.py', import.meta.url));
const FRAME_END = '\u001b[?2026l';

const CELL = { width: 8.4, height: 18 };
const MARGIN = 14;
const INK = '#d8dee9';
const PAPER = '#1b2028';
/** The sixteen colours that every terminal has. */
const PALETTE = [
  ['#3b4252', '#e06c75', '#98c379', '#e5c07b', '#61afef', '#c678dd', '#56b6c2', '#d8dee9'],
  ['#5c6370', '#e06c75', '#98c379', '#e5c07b', '#61afef', '#c678dd', '#56b6c2', '#ffffff'],
].flat();

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string' },
    columns: { type: 'string', default: '90' },
    rows: { type: 'string', default: '30' },
    when: { type: 'string' },
    title: { type: 'string' },
  },
});
if (values.out === undefined || positionals.length === 0) {
  console.error(
    'usage: script/terminal-picture.js --out <file> [--columns 90] [--rows 30] [--when <text>] [--title <text>] -- <command...>',
  );
  process.exit(2);
}

const columns = Number(values.columns);
const rows = Number(values.rows);
const terminal = new headless.Terminal({ cols: columns, rows, allowProposedApi: true });
const child = spawn('python3', [RUNNER, String(columns), String(rows), ...positionals], {
  stdio: ['pipe', 'pipe', 'inherit'],
  env: { ...process.env, TERM: 'xterm-256color' },
});

let picture;
let waiting = '';
const decoder = new TextDecoder();
for await (const chunk of child.stdout) {
  waiting += decoder.decode(chunk, { stream: true });
  const frames = waiting.split(FRAME_END);
  waiting = frames.pop();
  for (const frame of frames) {
    await show(frame + FRAME_END);
    take();
  }
}
await show(waiting);
take();
if (picture === undefined) {
  console.error(`no screen had “${values.when}” on it`);
  process.exit(1);
}
await writeFile(values.out, picture);

function show(bytes) {
  return new Promise((resolve) => terminal.write(bytes, resolve));
}

function take() {
  const lines = screenLines();
  const text = lines.map((line) => line.translateToString(true)).join('\n');
  if (values.when === undefined || new RegExp(values.when).test(text)) picture = svgOf(lines);
}

function screenLines() {
  const { active } = terminal.buffer;
  const lines = Array.from({ length: rows }, (_, row) => active.getLine(active.baseY + row));
  while (lines.length > 1 && lines.at(-1).translateToString(true) === '') lines.pop();
  return lines;
}

/** Neighbours of one look are one piece of text, up to the next gap; wide characters stand alone, as fonts disagree about them. */
function piecesOf(line) {
  const pieces = [];
  for (let column = 0; column < columns; column += 1) {
    const cell = line.getCell(column);
    if (!cell || cell.getWidth() === 0) continue;
    const look = lookOf(cell);
    const last = pieces.at(-1);
    const isWide = cell.getWidth() > 1;
    const chars = cell.getChars() || ' ';
    const isBlank = chars === ' ';
    if (last && !last.isWide && !isWide && last.look === look && !(isBlank && last.endsBlank)) {
      last.text += chars;
      last.cells += 1;
      last.endsBlank = isBlank;
    } else pieces.push({ column, text: chars, look, isWide, cells: cell.getWidth(), endsBlank: isBlank });
  }
  return pieces.filter(({ text }) => text.trim() !== '');
}

function lookOf(cell) {
  const color = cell.isFgDefault() ? INK : (PALETTE[cell.getFgColor()] ?? INK);
  const dim = cell.isDim() ? ' fill-opacity="0.6"' : '';
  return `fill="${color}"${dim}${cell.isBold() ? ' font-weight="bold"' : ''}`;
}

function svgOf(lines) {
  const width = Math.round(columns * CELL.width + 2 * MARGIN);
  const height = lines.length * CELL.height + 2 * MARGIN;
  const texts = lines.flatMap((line, row) =>
    piecesOf(line).map(({ column, text, look, cells }) => {
      const blanks = text.length - text.trimStart().length;
      const x = (MARGIN + (column + blanks) * CELL.width).toFixed(1);
      const y = MARGIN + (row + 0.75) * CELL.height;
      const shown = text.trim();
      const length = ((cells - (text.length - shown.length)) * CELL.width).toFixed(1);
      return `<text x="${x}" y="${y}" ${look} textLength="${length}">${escapeXml(shown)}</text>`;
    }),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${escapeXml(values.title ?? positionals.join(' '))}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="${PAPER}"/>`,
    '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" xml:space="preserve">',
    ...texts,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function escapeXml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
