/**
 * A process that does nothing but send requests at a steady rate, so that a busy demo never delays them.
 * Its parent says `{phase}` begins a phase, `'end'` waits for what is under way,
 * reports, and leaves.
 */
import { type Connection, closeConnections, probe } from './probe.ts';
import { ProbeStats } from './prober-stats.ts';

const REQUEST_TIMEOUT_MS = 10_000;

const urls = JSON.parse(process.env.PROBE_URLS ?? '[]') as string[];
const perSecond = Number(process.env.PROBE_RATE ?? '20');
const stats = new ProbeStats();
const underWay = new Set<Promise<void>>();
let count = 0;

let timer: NodeJS.Timeout | undefined;

function tick(): void {
  const url = urls[count % urls.length];
  // All pairs of address and kind of connection take turns.
  const connection: Connection = Math.floor(count / urls.length) % 2 === 0 ? 'keep-alive' : 'new connection';
  count += 1;
  if (url === undefined) return;
  const request = send(url, connection);
  underWay.add(request);
  void request.finally(() => underWay.delete(request));
}

async function send(url: string, connection: Connection): Promise<void> {
  const outcome = stats.send();
  const atMs = Date.now();
  const startedMs = performance.now();
  const reason = await probe(url, connection, REQUEST_TIMEOUT_MS);
  const tookMs = performance.now() - startedMs;
  if (reason === undefined) outcome.succeeded(tookMs);
  else outcome.failed({ atMs, target: url, connection, reason }, tookMs);
}

process.on('message', (message: { phase: string } | 'end') => {
  if (message === 'end') {
    void end();
  } else {
    stats.begin(message.phase);
    timer ??= setInterval(tick, 1_000 / perSecond);
  }
});
// The parent is gone: nobody will ever ask.
process.on('disconnect', () => process.exit(0));
// Ctrl+C reaches the whole group; the parent decides what it means.
process.on('SIGINT', () => undefined);

async function end(): Promise<void> {
  clearInterval(timer);
  await Promise.all(underWay);
  closeConnections();
  process.send?.(stats.report(), () => process.disconnect());
}
