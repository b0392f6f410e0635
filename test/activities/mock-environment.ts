/**
 * An activity's surroundings for tests: quiet, and it remembers the heartbeats.
 */
import type { Info } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';

export interface MockEnvironment {
  readonly environment: MockActivityEnvironment;
  readonly beats: { phase: string; lastLine: string }[];
}

/** Heartbeats every 50 ms. */
export function createMockEnvironment(info: Partial<Info> = {}): MockEnvironment {
  const environment = new MockActivityEnvironment(
    { heartbeatTimeoutMs: 200, ...info },
    { logger: new DefaultLogger('ERROR') },
  );
  const beats: MockEnvironment['beats'] = [];
  environment.on('heartbeat', (details) => beats.push(details as MockEnvironment['beats'][number]));
  return { environment, beats };
}
