/** Following checks through a connection that stands, and lets nothing through. */
import { describe, expect, it } from '@jest/globals';
import { followChecks } from '../../../src/cli/watching/follow-checks.ts';
import { FOLLOW_TIMING } from '../../../src/cli/watching/follow-release.ts';
import type { ChecksReport } from '../../../src/release/checks.ts';
import { fakeTerminal } from '../fake-terminal.ts';
import { running } from '../render/live/states.ts';
import { fakeClient } from './fake-client.ts';

const PASSED: ChecksReport = {
  verdict: 'passed',
  app: 'shop',
  commit: null,
  pullRequest: 7,
  startedBy: null,
  cause: null,
  steps: [],
  checks: [],
  startedAtMs: 0,
  endedAtMs: 1,
};

const RUN = { workflowId: 'checks/shop/pr-7', runId: 'run-1' };
const QUICK = { ...FOLLOW_TIMING, pollMs: 5, answerMs: 20, patienceMs: 5_000, signOfLifeMs: 60_000 };
const AWAY = '… Temporal does not answer; the checks go on as soon as it is back\n';

describe('checks that are followed', () => {
  it('what does not come in time is no answer: it is said, once', async () => {
    const { terminal, stderr } = fakeTerminal();
    const client = fakeClient({ looks: [running(), 'silence', 'silence', PASSED] });
    const report = await followChecks(client, RUN, terminal, new AbortController().signal, QUICK);
    expect(report).toEqual(PASSED);
    expect(stderr().split(AWAY)).toHaveLength(2);
  });

  it('are let go of at once, and are given up after a while', async () => {
    const { terminal, stderr } = fakeTerminal();
    const silent = fakeClient({ looks: ['silence'] });
    const letGo = AbortSignal.timeout(50);
    expect(await followChecks(silent, RUN, terminal, letGo, { ...QUICK, answerMs: 5_000 })).toBeNull();
    expect(stderr()).toBe('');
    const { signal } = new AbortController();
    await expect(
      followChecks(silent, RUN, terminal, signal, { ...QUICK, patienceMs: 60 }),
    ).rejects.toMatchObject({
      name: 'Unreachable',
    });
  });
});
