/** A plan as people read it. */
import { describe, expect, it } from '@jest/globals';
import { renderPreview } from '../../../src/cli/render/plan.ts';
import { joinPreview } from '../../../src/release/preview/join-preview.ts';
import { commit, entrant } from '../../release/environment/scenes.ts';
import {
  digest,
  factsOf,
  foresightOf,
  imageSight,
  NOW_MS,
  serviceSight,
  sightOf,
  specOf,
} from '../../release/preview/facts.ts';

const OPTIONS = { color: false, width: 100 } as const;

const page = (facts: Partial<Parameters<typeof joinPreview>[0]> = {}, wish = {}): string =>
  renderPreview(joinPreview(factsOf(facts)), wish, OPTIONS);

describe('a plan for people', () => {
  it('of a release that would be let begin', () => {
    expect(page()).toMatchSnapshot();
  });

  it('of one with all that may be said', () => {
    const holder = {
      ...entrant('deploy/shop/production/x/run', commit(4), { startedBy: 'grace' }),
      number: 10,
      phase: 'ready' as const,
      fence: 1,
      sinceMs: NOW_MS - 60_000,
      unattended: { queue: 'slipway-deploy', kind: 'activity' as const, sinceMs: NOW_MS - 30_000 },
    };
    const waiting = { ...entrant('w/run', commit(3)), number: 11, phase: 'ready' as const };
    expect(
      page(
        {
          request: { force: true },
          spec: specOf({
            approval: { deadlineMs: 86_400_000 },
            migration: {
              service: 'api',
              command: ['./manage.py', 'migrate'],
              reversible: false,
              timeoutMs: 600_000,
            },
            bake: { durationMs: 300_000, alarms: ['errors'], logs: [] },
            keep: { releases: 5, tag: true },
            promotion: { environment: 'staging', number: 41, images: [] },
          }),
          foresight: foresightOf({
            turn: holder,
            joined: [waiting],
            needsRepair: { releaseId: 'x/y', number: 9, sinceMs: 0 },
            freeze: { reason: 'black friday', owner: 'ada', sinceMs: 0, untilMs: null },
            rules: {
              policy: 'supersede',
              freezes: [{ name: 'weekend', fromMs: NOW_MS + 3_600_000, untilMs: NOW_MS + 7_200_000 }],
            },
          }),
          sight: sightOf({
            images: [
              imageSight('api', { source: 'copy', digest: digest('c') }),
              imageSight('worker', { source: 'unknown' }),
            ],
            services: [
              serviceSight('api', {
                base: 'repository',
                changes: ['cpu 256 → 512', 'container api: variable DEBUG is gone'],
                breaker: false,
                window: { desired: 1, minimumHealthyPercent: 0, maximumPercent: 100 },
                rollback: {
                  to: 'api:7',
                  problems: ['image shop/api@sha256:aaaaaaaaaaaa of container api is gone from the registry'],
                  notes: ['api:7 is INACTIVE, so a rollback restores a copy of it'],
                  unchecked: [],
                },
                drift: {
                  state: 'changed',
                  since: 11,
                  changes: [
                    { text: 'container api: variable DEBUG is new', fate: 'overwritten' },
                    { text: 'cpu 256 → 128', fate: 'kept' },
                  ],
                },
              }),
              serviceSight('worker', {
                window: { desired: 0, minimumHealthyPercent: null, maximumPercent: null },
                rollback: {
                  to: null,
                  problems: ['nothing to go back to: it never ran'],
                  notes: [],
                  unchecked: [],
                },
              }),
            ],
            moreServices: 3,
            warnings: ['service shop-api has no deployment circuit breaker: ECS itself would never give up'],
          }),
        },
        { force: true, overrideFreeze: "it's down" },
      ),
    ).toMatchSnapshot();
  });

  it('of one that would be refused: why, and all the same what it would do', () => {
    expect(
      page({
        order: 'older',
        sight: sightOf({
          obstacle: { kind: 'unsafe', text: 'service shop-api can never be updated\nimage api: wrong' },
          images: [],
          services: [
            serviceSight('api', {
              changes: null,
              window: { desired: 1, minimumHealthyPercent: 100, maximumPercent: 100 },
            }),
            serviceSight('worker', { live: null, changes: null, window: null, rollback: null }),
          ],
        }),
      }),
    ).toMatchSnapshot();
  });

  const nextOf = (facts: Parameters<typeof page>[0], wish = {}): string =>
    page(facts, wish).split('\nNext\n')[1] ?? 'nothing';
  const SHA = specOf().commit.sha;

  it('of one that is too old says how it would be meant', () => {
    expect(nextOf({ order: 'older' })).toBe(
      `  in spite of that: slipway deploy production --sha ${SHA} --allow-older\n`,
    );
  });

  it('of one that a freeze refuses says how it ends, and how to go on in spite of it', () => {
    const frozen = 'frozen by ada until somebody ends it: tea';
    const foresight = { ...foresightOf(), frozen, refused: `the environment is ${frozen}`, turn: null };
    expect(nextOf({ foresight, order: 'older' }, { force: true })).toBe(
      `  when the freeze is over: slipway deploy production --sha ${SHA} --force
  end the freeze: slipway unfreeze production
  in spite of that: slipway deploy production --sha ${SHA} --force --override-freeze 'why it cannot wait' --allow-older
`,
    );
    const weekend = 'frozen until 2026-11-30T00:00Z: weekend';
    const again = { ...foresightOf(), frozen: weekend, refused: `the environment is ${weekend}`, turn: null };
    expect(nextOf({ foresight: again })).not.toContain('unfreeze');
  });

  it('of one whose commit is under way names the release to watch', () => {
    const refused = 'release 7 brings this commit here already: deploy/shop/production/abc/run-1';
    expect(nextOf({ foresight: { ...foresightOf(), refused, turn: null } })).toBe(
      '  watch that one: slipway watch deploy/shop/production/abc\n',
    );
  });

  it('of one that comes while another has the turn, where one at a time is let in, says what is waited for', () => {
    const foresight = {
      ...foresightOf(),
      refused: 'release 7 (aaa) is under way',
      turn: null,
      holder: {
        name: 'release 7 (aaa)',
        releaseId: 'deploy/shop/production/aaa/run-1',
        startedBy: null,
        sinceMs: 0,
        stands: null,
      },
    };
    expect(nextOf({ foresight })).toBe(
      `  when that has ended: slipway deploy production --sha ${SHA}
  watch it: slipway watch deploy/shop/production/aaa
`,
    );
  });

  it('of one that does not fit says to mend it, and to look again', () => {
    const sight = sightOf({ obstacle: { kind: 'configuration', text: 'there is no service x' } });
    expect(nextOf({ sight, order: 'older' })).toBe(
      `  mend that, then look again: slipway plan production --sha ${SHA} --allow-older\n`,
    );
  });

  it('of one whose commit is in place says how it is deployed again', () => {
    expect(nextOf({ order: 'same', sight: sightOf({ inPlace: 11 }) })).toBe(
      `  deploy it again all the same: slipway deploy production --sha ${SHA} --force\n`,
    );
  });

  it('of a commit that is on its way: deploy attaches to that release, where both have chosen the same id', () => {
    const { sha } = specOf().commit;
    const onItsWay = (id: string): string =>
      page({
        foresight: foresightOf({
          joined: [{ ...entrant(`${id}/run`, { ...commit(4), sha }), number: 11, phase: 'preparing' }],
        }),
      });
    const id = `deploy/shop/production/${sha}`;
    expect(onItsWay(id)).toContain(
      `release 11 brings this commit here already: ${id}\n  slipway deploy starts no other one: it attaches to that release, as slipway watch ${id} does\n  (not-allowed)`,
    );
    expect(onItsWay('of-my-own')).toContain('release 11 brings this commit here already: of-my-own\n');
    expect(onItsWay('of-my-own')).not.toContain('attaches');
  });

  it('has no line that a CI runner would take for a command', () => {
    const text = '::error::gotcha\n::add-mask::x';
    const shown = page({ sight: sightOf({ obstacle: { kind: 'unsafe', text }, warnings: [text] }) });
    expect(shown).toContain('gotcha');
    expect(shown).not.toMatch(/^\s*::/m);
  });

  it('of one whose commit is in place', () => {
    expect(page({ order: 'same', sight: sightOf({ inPlace: 11 }) })).toMatchSnapshot();
  });
});
