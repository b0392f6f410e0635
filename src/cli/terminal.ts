/**
 * Where a command writes: results on stdout, progress on stderr. Commands get it handed in.
 */
import { type RenderOptions, wantsColor } from './render/style.ts';

export interface Terminal {
  readonly env: NodeJS.ProcessEnv;
  readonly result: (text: string) => void;
  readonly progress: (line: string) => void;
  readonly resultStyle: RenderOptions;
  readonly progressStyle: RenderOptions;
}

export function processTerminal(env: NodeJS.ProcessEnv = process.env): Terminal {
  const style = (stream: NodeJS.WriteStream): RenderOptions => ({
    color: wantsColor(stream, env),
    // No terminal, no edge to wrap at: lines are cut only where they would be unreadable.
    width: stream.isTTY ? Math.max(40, stream.columns) : 160,
  });
  return {
    env,
    result: (text) => void process.stdout.write(text.endsWith('\n') ? text : `${text}\n`),
    progress: (line) => void process.stderr.write(`${line}\n`),
    resultStyle: style(process.stdout),
    progressStyle: style(process.stderr),
  };
}
