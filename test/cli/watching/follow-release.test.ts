/** Following a release through a connection that stands, and lets nothing through. */
import { describe, expect, it } from '@jest/globals';
import { FOLLOW_TIMING, followRelease } from '../../../src/cli/watching/follow-release.ts';
import type { ReleaseView } from '../../../src/cli/watching/release-view.ts';
import { ID, running } from '../render/live/states.ts';
import { SUCCEEDED } from '../render/reports.ts';
import { fakeClient } from './fake-client.ts';

const RELEASE = { workflowId: ID, runId: 'run-1' };
const QUICK = { ...FOLLOW_TIMING, pollMs: 5, answerMs: 20, patienceMs: 5_000 };

const listening = () => {
  const said: string[] = [];
  const say = (what: string) => () => void (said.at(-1) === what || said.push(what));
  const view: ReleaseView = {
    show: say('status'),
    tick: () => undefined,
    temporalIsAway: say('away'),
    controlIsAway: say('control away'),
    ended: say('ended'),
    close: () => undefined,
  };
  return { said, view };
};

describe('a release that is followed', () => {
  it('what does not come in time is no answer: it is said, and asked for again', async () => {
    const { said, view } = listening();
    const client = fakeClient({ looks: [running(), 'silence', 'silence', SUCCEEDED] });
    const end = await followRelease(client, RELEASE, view, new AbortController().signal, QUICK);
    expect(end).toEqual({ kind: 'ended', report: SUCCEEDED });
    expect(said).toEqual(['status', 'away', 'ended']);
  });

  it('and given up after a while, with what is wrong', async () => {
    const { view } = listening();
    const client = fakeClient({ looks: ['silence'] });
    const timing = { ...QUICK, patienceMs: 100 };
    await expect(
      followRelease(client, RELEASE, view, new AbortController().signal, timing),
    ).rejects.toMatchObject({ name: 'Unreachable', message: expect.stringContaining('DEADLINE_EXCEEDED') });
  });
});
