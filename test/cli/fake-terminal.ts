/** A terminal that keeps what was written, and runs the CLI in this process. */
import { main } from '../../src/cli/main.ts';
import type { Terminal } from '../../src/cli/terminal.ts';

export interface CliRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export const PLAIN = { color: false, width: 100 } as const;

export function fakeTerminal(env: NodeJS.ProcessEnv = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const terminal: Terminal = {
    env,
    result: (text) => out.push(text.endsWith('\n') ? text : `${text}\n`),
    progress: (line) => err.push(`${line}\n`),
    resultStyle: PLAIN,
    progressStyle: PLAIN,
  };
  return { terminal, stdout: () => out.join(''), stderr: () => err.join('') };
}

export async function runCli(args: readonly string[], cwd = process.cwd()): Promise<CliRun> {
  const fake = fakeTerminal();
  const exitCode = await main(['node', 'slipway', ...args], fake.terminal, cwd);
  return { exitCode, stdout: fake.stdout(), stderr: fake.stderr() };
}
