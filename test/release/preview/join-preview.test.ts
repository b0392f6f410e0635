/** The preview of a release, out of facts. */
import { describe, expect, it } from '@jest/globals';
import { fitSight } from '../../../src/release/preview/fit.ts';
import {
  joinPreview,
  type PreviewFacts,
  previewOfWindow,
} from '../../../src/release/preview/join-preview.ts';
import type { PreviewedWindow } from '../../../src/release/preview/preview.ts';
import { commit } from '../environment/scenes.ts';
import { digest, factsOf, foresightOf, imageSight, NOW_MS, serviceSight, sightOf, specOf } from './facts.ts';

const FREEZE = { reason: 'tea', owner: 'ada', sinceMs: 0, untilMs: null };
const UNVERIFIED = { from: 'staging', why: 'no release of staging has brought it' };
const unsafe = sightOf({ obstacle: { kind: 'unsafe', text: 'stuck' } });
const misnamed = sightOf({ obstacle: { kind: 'configuration', text: 'no such service' } });
/** A newer commit waits for the turn that another one has. */
const overtaken = foresightOf({
  turn: { ...joined('h/run', 9), fence: 1, sinceMs: 0 },
  joined: [joined('n/run', 7)],
});

function joined(releaseId: string, place: number) {
  return {
    releaseId,
    commit: commit(place),
    rollbackTo: null,
    startedBy: null,
    startedAtMs: 0,
    allowOlder: false,
    overrideFreeze: null,
    number: place,
    phase: 'ready' as const,
  };
}

describe('what would become of the release', () => {
  it.each<[string, Partial<PreviewFacts>, string, readonly string[]]>([
    ['begins where nothing stands against it', {}, 'begin', []],
    ['begins where its order is not known', { order: null }, 'begin', []],
    ['begins where nothing serves', { order: null, foresight: foresightOf({ serving: null }) }, 'begin', []],
    [
      'is in place where all is as it was left',
      { order: 'same', sight: sightOf({ inPlace: 11 }) },
      'in-place',
      [],
    ],
    [
      'begins where that is said to be brought again',
      { order: 'same', sight: sightOf({ inPlace: 11 }), request: { force: true } },
      'begin',
      [],
    ],
    [
      'is refused by the environment',
      { foresight: foresightOf({ freeze: FREEZE }) },
      'refused',
      ['not-allowed'],
    ],
    ['is refused where a newer commit serves', { order: 'older' }, 'refused', ['older-commit']],
    ['begins where an older one is meant', { order: 'older', request: { allowOlder: true } }, 'begin', []],
    [
      'begins where the older one than nothing is meant',
      { order: 'older', foresight: foresightOf({ serving: null }) },
      'begin',
      [],
    ],
    ['is refused unverified', { unverified: UNVERIFIED }, 'refused', ['not-verified']],
    ['is refused where it is not safe', { sight: unsafe }, 'refused', ['unsafe-plan']],
    ['fails where something does not exist', { sight: misnamed }, 'configuration', ['configuration']],
    ['is superseded by what waits', { foresight: overtaken }, 'superseded', ['superseded']],
    [
      'is not superseded where it is in place',
      { foresight: overtaken, sight: sightOf({ inPlace: 11 }) },
      'in-place',
      [],
    ],
    [
      'is superseded all the same where that is brought again',
      { foresight: overtaken, sight: sightOf({ inPlace: 11 }), request: { force: true } },
      'superseded',
      ['superseded'],
    ],
    [
      'is decided by what it meets first: the environment before all else',
      { foresight: foresightOf({ freeze: FREEZE }), order: 'older', unverified: UNVERIFIED, sight: misnamed },
      'refused',
      ['not-allowed', 'older-commit', 'not-verified', 'configuration'],
    ],
    [
      'is decided by the cluster before the turn',
      { foresight: overtaken, sight: misnamed },
      'configuration',
      ['configuration', 'superseded'],
    ],
  ])('%s', (_what, facts, outcome, kinds) => {
    const preview = joinPreview(factsOf(facts));
    expect({ outcome: preview.outcome, kinds: preview.causes.map(({ kind }) => kind) }).toEqual({
      outcome,
      kinds,
    });
  });

  it('is told in the words of the release', () => {
    const { causes } = joinPreview(factsOf({ order: 'older', unverified: UNVERIFIED, sight: unsafe }));
    expect(causes).toEqual([
      {
        kind: 'older-commit',
        summary: `${commit(5).sha} is older than ${commit(4).sha}, which serves since release 11`,
        evidence: [expect.stringContaining('--allow-older')],
      },
      {
        kind: 'not-verified',
        summary: `production takes only what staging has verified, and it has not verified ${commit(5).sha}: no release of staging has brought it`,
        evidence: [expect.stringContaining('slipway deploy staging')],
      },
      { kind: 'unsafe-plan', summary: 'stuck', evidence: [] },
    ]);
  });
});

describe('what it would do', () => {
  it('is tested and built, service by service', () => {
    const preview = joinPreview(factsOf());
    expect(preview).toMatchObject({
      version: 1,
      app: 'shop',
      environment: 'production',
      cluster: 'shop',
      commit: { sha: commit(5).sha, subject: 'feat: a cart', author: 'Ada' },
      madeAtMs: NOW_MS,
      serving: { number: 11, origin: 11, sha: commit(4).sha, order: 'newer' },
      checksSkipped: null,
      checks: [
        { name: 'lint', needs: [], timeoutMs: 60_000 },
        { name: 'unit', needs: ['lint'], timeoutMs: 600_000 },
      ],
      waves: 2,
      approval: null,
      migration: null,
      bake: null,
      keep: null,
      promotedFrom: null,
    });
    expect(preview.images.map(({ name, source }) => [name, source])).toEqual([
      ['api', 'build'],
      ['worker', 'reuse'],
    ]);
    expect(preview.services.map(({ name, wave, changes }) => [name, wave, changes?.length])).toEqual([
      ['api', 2, 1],
      ['worker', 1, 1],
    ]);
  });

  it('says nothing of how the commit stands where nothing serves', () => {
    expect(
      joinPreview(factsOf({ foresight: foresightOf({ serving: null }), order: null })).serving,
    ).toBeNull();
  });

  it('runs no check on what another environment has verified', () => {
    const promotion = { environment: 'staging', number: 41, images: [] };
    expect(joinPreview(factsOf({ spec: specOf({ promotion }) }))).toMatchObject({
      checksSkipped: 'verified by release 41 of staging',
      promotedFrom: { environment: 'staging', number: 41 },
    });
  });

  it('runs, builds and changes nothing where all is in place', () => {
    const preview = joinPreview(factsOf({ order: 'same', sight: sightOf({ inPlace: 11 }) }));
    expect(preview.checksSkipped).toBe('this commit serves already, since release 11');
    expect(preview.images.map(({ source }) => source)).toEqual(['nothing', 'nothing']);
    expect(preview.services.map(({ changes }) => changes)).toEqual([[], []]);
  });

  it('keeps gates and limits', () => {
    const migration = { service: 'api', command: ['migrate'] as [string], reversible: false, timeoutMs: 1 };
    const spec = specOf({
      approval: { deadlineMs: 5 },
      migration,
      bake: {
        durationMs: 7,
        alarms: ['a', 'b'],
        logs: [{ service: 'api', pattern: 'ERROR', maximumPerMinute: 0 }],
      },
      keep: { releases: 3, tag: true },
    });
    expect(joinPreview(factsOf({ spec }))).toMatchObject({
      approval: { deadlineMs: 5 },
      migration,
      bake: { durationMs: 7, alarms: 2, logs: 1 },
      keep: { releases: 3, tag: true },
      timing: { stabilityTimeoutMs: 1_800_000 },
    });
  });
});

describe('the room that ECS has to replace tasks', () => {
  it.each<[string, readonly [number, number | null, number | null], PreviewedWindow['way'], string]>([
    ['defaults: new ones first', [2, null, null], 'start-first', '2..4'],
    ['one task, its default', [1, 100, 200], 'start-first', '1..2'],
    ['no room above: old ones go first', [2, 50, 100], 'stop-first', '1..2'],
    ['nothing in between', [1, 0, 100], 'stop-first', '0..1'],
    ['no room at all', [1, 100, 100], 'stuck', '1..1'],
    ['rounded away on both sides', [1, 50, 150], 'stuck', '1..1'],
    ['a hundred that must all stay', [100, 100, 100], 'stuck', '100..100'],
    ['scaled to zero', [0, 100, 100], 'empty', '0..0'],
  ])('%s', (_what, [desired, minimumHealthyPercent, maximumPercent], way, range) => {
    const window = previewOfWindow({ desired, minimumHealthyPercent, maximumPercent });
    expect([window.way, `${window.lower}..${window.upper}`]).toEqual([way, range]);
  });
});

describe('its size', () => {
  const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
  const many = <T>(count: number, make: (index: number) => T): readonly T[] =>
    Array.from({ length: count }, (_, index) => make(index));

  it.each([
    ['each with its change', 'some-service', true],
    ['each named, where names are long', 'a-service-with-quite-a-long-name', false],
  ])('stays below 64 KiB at a hundred services, %s', (_what, name, isChangeShown) => {
    const names = many(100, (index) => `${name}-${index}`);
    const preview = joinPreview(
      factsOf({
        spec: specOf({ waves: [names] }),
        sight: fitSight(
          sightOf({
            images: names.map((image) => imageSight(image, { source: 'reuse', digest: digest('a') })),
            services: names.map((service) => serviceSight(service)),
          }),
        ),
      }),
    );
    expect(bytes(preview)).toBeLessThan(64 * 1024);
    expect(preview.services.map((service) => service.name)).toEqual(names);
    expect(preview.moreServices).toBe(0);
    expect(preview.images.length + preview.moreImages).toBe(100);
    const changes = isChangeShown ? /^container some-service-\d+: image / : /^and 1 more$/;
    for (const service of preview.services) expect(service.changes?.[0]).toMatch(changes);
  });

  it.each([
    ['long names', 'x'.repeat(255)],
    ['texts that take three bytes a letter', '界'.repeat(1_500)],
    ['what JSON has to escape', '\u0001'.repeat(500)],
    ['halves of characters', '\ud800'.repeat(500)],
  ])('stays below it whatever the names are: %s', (_what, text) => {
    const lines = many(20, () => text);
    const preview = joinPreview(
      factsOf({
        spec: specOf({
          commit: { sha: commit(5).sha, subject: text, author: text },
          checks: many(300, (index) => ({
            name: `${text}${index}`,
            directory: '.',
            needs: lines,
            run: 'x',
            env: {},
            timeoutMs: 1,
          })),
          migration: { service: text, command: [text, ...lines], reversible: true, timeoutMs: 1 },
        }),
        foresight: foresightOf({
          freeze: { reason: text, owner: text, sinceMs: 0, untilMs: null },
          joined: many(100, (index) => ({ ...joined(`${text}${index}/run`, index), startedBy: text })),
        }),
        sight: sightOf({
          obstacle: { kind: 'unsafe', text: text.repeat(20) },
          images: many(200, () => imageSight(text, { repositoryUri: text })),
          services: many(200, () =>
            serviceSight(text, {
              service: text,
              live: text,
              note: text,
              health: text,
              changes: lines,
              rollback: { to: text, problems: lines, notes: lines, unchecked: lines },
              drift: {
                state: 'changed',
                since: 1,
                changes: lines.map((line) => ({ text: line, fate: 'kept' })),
              },
            }),
          ),
          warnings: lines,
        }),
      }),
    );
    expect(bytes(preview)).toBeLessThan(64 * 1024);
    // What is left out is counted.
    expect(preview.services.length + preview.moreServices).toBe(200);
    expect(preview.images.length + preview.moreImages).toBe(200);
    expect(preview.checks.length + preview.moreChecks).toBe(300);
    expect(preview.outcome).toBe('refused');
  });
});
