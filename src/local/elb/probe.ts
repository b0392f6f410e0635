// One health check: ask the target, and put what went wrong into ELB's words.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html
import { request } from 'node:http';
import { connect } from 'node:net';
import type { ProbeResult } from './health-rules.ts';

export interface Probe {
  readonly host: string;
  readonly port: number;
  readonly protocol: 'HTTP' | 'TCP';
  readonly path: string;
  /** ELB's matcher: `200`, `200,202` or `200-299`. */
  readonly matcher: string;
  readonly timeoutMs: number;
}

/** Never rejects. */
export function probeTarget(probe: Probe): Promise<ProbeResult> {
  const probed = probe.protocol === 'TCP' ? probeTcp(probe) : probeHttp(probe);
  // Node refuses some paths and host names at once; to the target that is a failed check like any other.
  return probed.catch(() => failed);
}

function probeHttp(probe: Probe): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const { host, port, path } = probe;
    const headers = { 'user-agent': 'ELB-HealthChecker/2.0', connection: 'close' };
    const outgoing = request({ host, port, path, headers, agent: false }, (response) => {
      response.resume();
      const code = response.statusCode ?? 0;
      resolve(matchesCode(probe.matcher, code) ? { ok: true } : mismatch(code));
    });
    const timer = setTimeout(() => {
      resolve(timeout);
      outgoing.destroy();
    }, probe.timeoutMs);
    outgoing.once('close', () => clearTimeout(timer));
    outgoing.once('error', () => resolve(failed));
    outgoing.end();
  });
}

function probeTcp({ host, port, timeoutMs }: Probe): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const settle = (result: ProbeResult): void => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => settle({ ok: true }));
    socket.once('timeout', () => settle(timeout));
    socket.once('error', () => settle(failed));
  });
}

const timeout: ProbeResult = { ok: false, reason: 'Target.Timeout', description: 'Request timed out' };
const failed: ProbeResult = {
  ok: false,
  reason: 'Target.FailedHealthChecks',
  description: 'Health checks failed',
};

function mismatch(code: number): ProbeResult {
  return {
    ok: false,
    reason: 'Target.ResponseCodeMismatch',
    description: `Health checks failed with these codes: [${code}]`,
  };
}

export function matchesCode(matcher: string, code: number): boolean {
  return matcher.split(',').some((part) => {
    const [low = '', high = low] = part.trim().split('-');
    return code >= Number(low) && code <= Number(high);
  });
}

/** Long enough for a port forwarder to notice that nobody listens behind it. */
const heldOpenMs = 150;

/** Whether a connection is taken and stays open. Never rejects. */
export function takesConnections({ host, port }: Pick<Probe, 'host' | 'port'>): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (takes: boolean) => (): void => {
      clearTimeout(timer);
      resolve(takes);
      socket.destroy();
    };
    const timer = setTimeout(() => end(!socket.connecting)(), heldOpenMs);
    socket.once('error', end(false));
    socket.once('close', end(false));
    socket.once('end', end(false));
    // Without reading, the end of the connection would not be noticed.
    socket.resume();
  });
}
