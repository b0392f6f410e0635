/**
 * The prober as its parent sees it.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ProbeReport } from './prober-stats.ts';

export interface Prober {
  /** Requests sent from now on count for this phase. */
  begin(phase: string): void;
  end(): Promise<ProbeReport>;
  /** Without a report. */
  kill(): void;
}

export function startProber(urls: readonly string[], perSecond: number): Prober {
  const program = fileURLToPath(new URL('./prober.js', import.meta.url));
  const child = fork(program, {
    env: { PATH: process.env.PATH ?? '', PROBE_URLS: JSON.stringify(urls), PROBE_RATE: String(perSecond) },
    execArgv: [],
  });
  return {
    begin: (next) => void child.send({ phase: next }),
    end: async () => {
      const report = once(child, 'message');
      const early = once(child, 'exit').then(() => Promise.reject(new Error('the prober has ended early')));
      child.send('end');
      const [answer] = (await Promise.race([report, early])) as [ProbeReport];
      early.catch(() => undefined);
      return answer;
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
