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
  // Whoever reads our output may stop reading (`| head`): that is no error, and a release is still watched.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreBrokenPipe);
  return {
    env,
    result: (text) => void process.stdout.write(text.endsWith('\n') ? text : `${text}\n`),
    progress: (line) => void process.stderr.write(`${line}\n`),
    resultStyle: style(process.stdout),
    progressStyle: style(process.stderr),
  };
}

function ignoreBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
