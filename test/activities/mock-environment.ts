/**
 * An activity's surroundings for tests: quiet, and it remembers the heartbeats.
 */
import type { Info } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { StepProgress } from '../../src/activities/heartbeat.ts';

export interface MockEnvironment {
  readonly environment: MockActivityEnvironment;
  readonly beats: StepProgress[];
}

/** Heartbeats every 50 ms. */
export function createMockEnvironment(info: Partial<Info> = {}): MockEnvironment {
  const environment = new MockActivityEnvironment(
    { heartbeatTimeoutMs: 200, ...info },
    { logger: new DefaultLogger('ERROR') },
  );
  const beats: MockEnvironment['beats'] = [];
  environment.on('heartbeat', (details) => beats.push(details as StepProgress));
  return { environment, beats };
}
