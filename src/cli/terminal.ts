/**
 * Where a command writes: results on stdout, progress on stderr. Commands get it handed in.
 */
import { fstatSync } from 'node:fs';
import { isCi, type RenderOptions, wantsColor } from './render/style.ts';

/** A terminal whose lines may be drawn anew. */
export type Screen = NodeJS.WriteStream;

export interface Terminal {
  readonly env: NodeJS.ProcessEnv;
  readonly result: (text: string) => void;
  readonly progress: (line: string) => void;
  readonly resultStyle: RenderOptions;
  readonly progressStyle: RenderOptions;
  /** Where progress may be redrawn in place; absent where it goes to a pipe, a log of CI, a terminal that cannot. */
  readonly screen?: Screen;
  /** Results come to the same terminal. */
  readonly resultIsScreen?: boolean;
}

/** Smaller than this nothing can be followed in a frame (and a terminal that does not know its size says 0). */
const SMALLEST = { columns: 20, rows: 5 } as const;

const canRedraw = (
  { isTTY, columns, rows }: Pick<Screen, 'isTTY' | 'columns' | 'rows'>,
  env: NodeJS.ProcessEnv,
): boolean =>
  isTTY && !isCi(env) && env.TERM !== 'dumb' && columns >= SMALLEST.columns && rows >= SMALLEST.rows;

export function processTerminal(env: NodeJS.ProcessEnv = process.env): Terminal {
  const style = (stream: NodeJS.WriteStream): RenderOptions => ({
    color: wantsColor(stream, env),
    wrap: stream.isTTY === true,
    // No terminal, no edge to wrap at: lines are cut only where they would be unreadable. A window may be resized.
    get width() {
      return stream.isTTY ? Math.max(SMALLEST.columns, stream.columns || 80) : 160;
    },
  });
  for (const stream of [process.stdout, process.stderr]) stream.on('error', onLostOutput);
  return {
    env,
    result: (text) => void process.stdout.write(text.endsWith('\n') ? text : `${text}\n`),
    progress: (line) => void process.stderr.write(`${line}\n`),
    resultStyle: style(process.stdout),
    progressStyle: style(process.stderr),
    resultIsScreen: isOneTerminal(),
    ...(canRedraw(process.stderr, env) ? { screen: process.stderr } : {}),
  };
}

/** The same terminal, where printed commands name the app unless the reader's folder does. */
export const forReader = (terminal: Terminal, impliedApp: string | null): Terminal => ({
  ...terminal,
  resultStyle: styleFor(terminal.resultStyle, impliedApp),
  progressStyle: styleFor(terminal.progressStyle, impliedApp),
});

const styleFor = (style: RenderOptions, impliedApp: string | null): RenderOptions => ({
  ...style,
  impliedApp,
  get width() {
    return style.width;
  },
});

/** Not two windows: what is written to one leaves the frames in the other alone. */
const isOneTerminal = (): boolean => {
  if (!process.stdout.isTTY || !process.stderr.isTTY) return false;
  return fstatSync(process.stdout.fd).rdev === fstatSync(process.stderr.fd).rdev;
};

let isLostSaid = false;

/**
 * Whoever reads our output may stop reading (`| head`): that is no error, and a release is still watched. It is watched to
 * its end as well where the output cannot be written for another reason (a full disk), which is said once.
 */
function onLostOutput({ code, message }: NodeJS.ErrnoException): void {
  if (code === 'EPIPE' || isLostSaid) return;
  isLostSaid = true;
  process.stderr.write(`slipway: output is lost: ${message}\n`);
}
