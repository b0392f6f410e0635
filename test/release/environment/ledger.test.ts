import { describe, expect, it } from '@jest/globals';
import {
  LEDGER_LENGTH,
  outcomeOf,
  readEntry,
  rollbackTarget,
} from '../../../src/release/environment/ledger.ts';
import type { ReleaseReport } from '../../../src/release/verdict.ts';
import { commit, outcome, Scene } from './scenes.ts';

const service = (name: string): ReleaseReport['services'][number] => ({
  name,
  service: name,
  state: 'updated',
  baseline: `${name}:1`,
  taskDefinition: `${name}:2`,
});

const report = (more: Partial<ReleaseReport> = {}): ReleaseReport => ({
  verdict: 'succeeded',
  number: 1,
  app: 'shop',
  environment: 'production',
  cluster: 'prod',
  commit: { sha: 'a'.repeat(40), subject: 'subject', author: 'Ada' },
  startedBy: 'ada',
  rollbackTo: null,
  broughtBy: null,
  cause: null,
  steps: [],
  images: [{ name: 'api', architecture: 'arm64', repositoryUri: 'r/api', digest: 'sha256:1', reused: false }],
  services: [service('api')],
  warnings: [],
  repaired: [],
  operators: [],
  watched: [],
  startedAtMs: 1,
  endedAtMs: 9,
  ...more,
});

describe('what an entry takes from a report', () => {
  it('images, services, verdict and cause', () => {
    const cause = { kind: 'unhealthy', step: 'health', summary: 'api: 500', evidence: ['a', 'b'] };
    expect(outcomeOf(report({ verdict: 'rolled-back', cause }))).toEqual({
      verdict: 'rolled-back',
      cause: { kind: 'unhealthy', summary: 'api: 500' },
      images: [{ name: 'api', digest: 'sha256:1' }],
      services: [{ name: 'api', taskDefinition: 'api:2', baseline: 'api:1' }],
      broughtBy: null,
      repaired: false,
      notes: [],
      approvedBy: null,
      pauses: [],
      stages: [],
      endedAtMs: 9,
    });
  });

  it('what was accepted of what operators said', () => {
    const said = { atMs: 3, who: 'ada', reason: 'looks good', answer: 'approved' };
    const { notes } = outcomeOf(
      report({
        operators: [
          { ...said, action: 'approve', accepted: true },
          { ...said, action: 'pause', accepted: false },
        ],
      }),
    );
    expect(notes).toEqual([{ action: 'approve', who: 'ada', reason: 'looks good', atMs: 3 }]);
  });

  it('who approved it, the last word if there were several', () => {
    const said = { atMs: 3, reason: '', answer: '', action: 'approve' } as const;
    const { approvedBy } = outcomeOf(
      report({
        operators: [
          { ...said, who: 'ada', accepted: true },
          { ...said, who: 'grace', accepted: true },
          { ...said, who: 'eve', accepted: false },
        ],
      }),
    );
    expect(approvedBy).toBe('grace');
  });

  it('whose word it is that what was brought is good', () => {
    const promotedFrom = { environment: 'staging', number: 12 };
    expect(outcomeOf(report({ promotedFrom })).promotedFrom).toEqual(promotedFrom);
    expect(outcomeOf(report({}))).not.toHaveProperty('promotedFrom');
  });

  it('that it came past what an earlier one had left broken', () => {
    const step = { id: 'register', name: '', state: 'succeeded' } as const;
    expect(outcomeOf(report({ steps: [{ ...step, kind: 'register' }] })).repaired).toBe(true);
    expect(outcomeOf(report({ steps: [{ ...step, kind: 'register', state: 'failed' }] })).repaired).toBe(
      false,
    );
  });

  it('never more than a payload should hold', () => {
    const long = 'x'.repeat(100_000);
    const said = { atMs: 3, who: long, reason: long, answer: long, action: 'pause', accepted: true } as const;
    const entry = outcomeOf(
      report({
        cause: { kind: 'k', step: 's', summary: long, evidence: [long] },
        services: Array.from({ length: 500 }, (_, index) => service(`service-${index}`)),
        operators: Array.from({ length: 500 }, () => said),
      }),
    );
    expect(JSON.stringify(entry).length).toBeLessThan(64_000);
  });
});

describe('an entry in the store', () => {
  it('of a superseded release says by whom', () => {
    const scene = new Scene().arrive('holder', commit(1)).arrive('a', commit(2)).arrive('b', commit(3));
    scene
      .end('a', outcome({ verdict: 'superseded' }))
      .end('b')
      .end('holder');
    expect(scene.state.ledger.map(({ number, supersededBy }) => [number, supersededBy])).toEqual([
      [1, null],
      [3, null],
      [2, 3],
    ]);
  });

  it('of a release whose newer one had served before it came to its turn, says so too', () => {
    const scene = new Scene('queue').arrive('a', commit(2)).arrive('b', commit(1)).end('a');
    scene.end('b', outcome({ verdict: 'superseded' }));
    expect(scene.state.ledger[0]).toMatchObject({ number: 2, supersededBy: 1 });
  });

  it('has a line of what all releases are looked through for, however much it holds', () => {
    const services = Array.from({ length: 100 }, (_, index) => service(`service-${index}`));
    const long = 'x'.repeat(5_000);
    const cause = { kind: 'k', step: 's', summary: long, evidence: [] };
    const ended = outcomeOf(report({ services, cause, operators: [] }));
    const scene = new Scene().arrive('a', commit(1)).end('a', ended);
    expect(scene.entries[0]?.services).toHaveLength(100);
    expect(JSON.stringify(scene.entries[0]).length).toBeLessThan(64_000);
    const fifty = Array.from({ length: LEDGER_LENGTH }, () => scene.state.ledger[0]);
    expect(JSON.stringify(fifty).length).toBeLessThan(64_000);
    expect(scene.state.ledger[0]).toMatchObject({ number: 1, verdict: 'succeeded' });
  });

  it('from before something was kept is read all the same; what is none is not', () => {
    const [entry] = new Scene().arrive('a', commit(1)).end('a').entries;
    const { broughtBy, approvedBy, pauses, stages, supersededBy, ...old } = entry ?? {};
    expect(readEntry(old)).toEqual(entry);
    for (const junk of [undefined, null, 5, 'x', [], {}, { number: 1 }, { number: '1', verdict: 'x' }]) {
      expect(readEntry(junk)).toBeUndefined();
    }
  });
});

describe('where a rollback without a number goes', () => {
  const target = (scene: Scene) => rollbackTarget(scene.state);

  it('nowhere, where nothing or only one has succeeded', () => {
    const scene = new Scene();
    expect(target(scene)).toMatchObject({ kind: 'none', why: 'no release has succeeded here yet' });
    expect(target(scene.arrive('a', commit(1)).end('a'))).toMatchObject({ kind: 'none' });
  });

  it('to the last one that succeeded before, past those that did not, and past the same commit', () => {
    const scene = new Scene().arrive('a', commit(1)).end('a');
    scene.arrive('b', commit(2)).end('b', outcome({ verdict: 'rolled-back' }));
    scene.arrive('c', commit(3)).end('c').arrive('again', commit(3)).end('again');
    expect(target(scene)).toEqual({ kind: 'found', number: 1 });
  });

  it('to the same commit as it was before, where there is no other', () => {
    const scene = new Scene().arrive('a', commit(1)).end('a').arrive('again', commit(1)).end('again');
    expect(target(scene)).toEqual({ kind: 'found', number: 1 });
  });

  it('a step further back after each rollback, never forth again', () => {
    const scene = new Scene();
    for (const place of [1, 2, 3]) scene.arrive(`r${place}`, commit(place)).end(`r${place}`);
    expect(target(scene)).toEqual({ kind: 'found', number: 2 });
    scene.arrive('back', commit(2), { rollbackTo: 2 }).end('back');
    expect(target(scene)).toEqual({ kind: 'found', number: 1 });
    scene.arrive('back again', commit(1), { rollbackTo: 1 }).end('back again');
    expect(target(scene)).toMatchObject({ kind: 'none' });
  });

  it('to what served before, and not to what had been rolled back before that', () => {
    const scene = new Scene();
    for (const place of [1, 2]) scene.arrive(`r${place}`, commit(place)).end(`r${place}`);
    scene.arrive('back', commit(1), { rollbackTo: 1 }).end('back').arrive('r4', commit(4)).end('r4');
    expect(target(scene)).toEqual({ kind: 'found', number: 1 });
  });

  it('to what served before, where the last turn left disorder', () => {
    const scene = new Scene().arrive('a', commit(1)).end('a').arrive('b', commit(2)).end('b');
    scene.arrive('c', commit(3)).end('c', outcome({ verdict: 'rollback-failed' }));
    expect(target(scene)).toEqual({ kind: 'found', number: 2 });
    // One that never had the turn has put nothing in order.
    scene.join('none', commit(9)).end('none', outcome({ verdict: 'failed', repaired: false }));
    expect(target(scene)).toEqual({ kind: 'found', number: 2 });
    scene.arrive('d', commit(4)).end('d', null);
    expect(target(scene)).toEqual({ kind: 'found', number: 2 });
  });

  it('to what served before, until one has succeeded after the disorder', () => {
    const scene = new Scene().arrive('a', commit(1)).end('a').arrive('b', commit(2)).end('b');
    scene.arrive('c', commit(3)).end('c', outcome({ verdict: 'rollback-failed' }));
    // It had the turn, and has changed nothing; the next one has put back what it found.
    for (const verdict of ['aborted', 'rolled-back'] as const) {
      scene.arrive(verdict, commit(4)).end(verdict, outcome({ verdict }));
      expect(target(scene)).toEqual({ kind: 'found', number: 2 });
    }
    scene.arrive('back', commit(2), { rollbackTo: 2 }).end('back');
    expect(target(scene)).toEqual({ kind: 'found', number: 1 });
  });
});
