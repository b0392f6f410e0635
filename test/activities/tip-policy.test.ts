/** Whatever a commit says of where it goes and who must be asked, the end of the protected branch decides. */
import { describe, expect, it } from '@jest/globals';
import { policyFrom, type TipPolicy } from '../../src/activities/tip-policy.ts';
import type { Policy } from '../../src/config/policy.ts';

const file = (environments: string, services = '{ web: , admin: { image: web } }'): string =>
  `app: shop\nimages: { web: }\nservices: ${services}\nenvironments: ${environments}\n`;

/** Written for a newer Slipway. */
const newer = (environments: string): string => `${file(environments)}somethingNew: true\n`;

const own = (more: Partial<Policy> = {}): Policy => ({
  where: { cluster: 'main' },
  promote: null,
  approval: null,
  queue: 'supersede',
  freezes: [],
  ...more,
});

const read = (
  tip: string | undefined,
  policy: Partial<Policy> = {},
  environment = 'staging',
  services = ['web'],
): TipPolicy => policyFrom(tip, { environment, policy: own(policy), services });

describe('where an environment is', () => {
  it.each<[string, string | undefined, Policy['where'], Policy['where']]>([
    ['there is no tip', undefined, { cluster: 'a' }, { cluster: 'a' }],
    ['the tip is no YAML', 'app: [', { cluster: 'a' }, { cluster: 'a' }],
    ['both say the same', file('{ staging: { cluster: a } }'), { cluster: 'a' }, { cluster: 'a' }],
    [
      'the commit names the cluster of production',
      file('{ staging: { cluster: a }, production: { cluster: main } }'),
      { cluster: 'main' },
      { cluster: 'a' },
    ],
    [
      'the commit names the deploy queue of production',
      file('{ staging: { cluster: a }, production: { cluster: a, deployQueue: prod } }'),
      { cluster: 'a', deployQueue: 'prod' },
      { cluster: 'a' },
    ],
    [
      'the commit has left its deploy queue out',
      file('{ staging: { cluster: a, deployQueue: eu } }'),
      { cluster: 'a' },
      { cluster: 'a', deployQueue: 'eu' },
    ],
    [
      'the tip is written for a newer Slipway',
      newer('{ staging: { cluster: a, deployQueue: eu } }'),
      { cluster: 'main' },
      { cluster: 'a', deployQueue: 'eu' },
    ],
    [
      'a newer tip says it in words that we do not know',
      newer('{ staging: { cluster: [a, b] } }'),
      { cluster: 'main' },
      { cluster: 'main' },
    ],
    [
      'the tip does not know the environment, and nobody there has that cluster',
      file('{ production: { cluster: main } }'),
      { cluster: 'preview' },
      { cluster: 'preview' },
    ],
    [
      'the tip does not know it, and a cluster of that name is another pool’s',
      file('{ production: { cluster: main, deployQueue: prod } }'),
      { cluster: 'main' },
      { cluster: 'main' },
    ],
  ])('%s', (_what, tip, commit, expected) => {
    const { where, warnings } = read(tip, { where: commit });
    expect(where).toEqual(expected);
    expect(warnings.length > 0).toBe(JSON.stringify(commit) !== JSON.stringify(expected));
  });

  it('says both where they differ', () => {
    const tip = file('{ staging: { cluster: a } }');
    expect(read(tip, { where: { cluster: 'main', deployQueue: 'prod' } }).warnings).toEqual([
      'it goes to cluster a (deploy queue slipway-deploy), as the tip of the protected branch says; ' +
        'the commit says cluster main (deploy queue slipway-deploy-prod)',
    ]);
  });

  it.each<[string, string, string]>([
    ['known', file('{ production: { cluster: main } }'), 'main'],
    ['spelt in another case', file('{ production: { cluster: Main } }'), 'main'],
    ['guessed', newer('{ production: { cluster: main } }'), 'main'],
  ])('a new environment gets no cluster that has an owner: %s', (_what, tip, cluster) => {
    expect(() => read(tip, { where: { cluster } }, 'preview')).toThrow(
      expect.objectContaining({
        type: 'UnsafePlan',
        message: expect.stringMatching(/environment preview.*cluster main.*environment production/),
      }),
    );
  });

  describe('in a cluster that two environments share', () => {
    const shared = file(
      '{ staging: { cluster: main, services: [web] }, production: { cluster: main, services: [admin] } }',
      '{ web: { service: web-staging }, admin: { service: web-production, image: web } }',
    );

    it('a commit changes the services that the tip gives to its environment, or to none', () => {
      expect(read(shared, {}, 'staging', ['web-staging', 'brand-new']).where).toEqual({ cluster: 'main' });
    });

    it('and none that the tip gives to the other one', () => {
      expect(() => read(shared, {}, 'staging', ['web-staging', 'web-production'])).toThrow(
        expect.objectContaining({
          type: 'UnsafePlan',
          message: expect.stringMatching(/web-production .* environment staging, .* environment production/),
        }),
      );
    });

    it('where both have a service, both may change it', () => {
      const both = file('{ staging: { cluster: main }, production: { cluster: main } }');
      expect(() => read(both, {}, 'staging', ['web', 'admin'])).not.toThrow();
    });
  });
});

describe('what must be verified first', () => {
  const rule = { from: 'staging', required: true };
  const tip = (promote: string) =>
    `{ staging: { cluster: a }, production: { cluster: main, promote: ${promote} } }`;
  const promoteOf = (text: string, more: Partial<Policy> = {}) => read(text, more, 'production');

  it.each<[string, string, Policy['promote']]>([
    ['a name', 'staging', { from: 'staging', required: false }],
    ['required', '{ from: staging, required: true }', rule],
    ['not required', '{ from: staging }', { from: 'staging', required: false }],
  ])('%s', (_what, promote, expected) => {
    expect(promoteOf(file(tip(promote)))).toMatchObject({ promote: expected, approval: null });
  });

  it('is not the commit’s to leave out, or to ask for', () => {
    expect(promoteOf(file(tip('{ from: staging, required: true }'))).promote).toEqual(rule);
    expect(promoteOf(file('{ production: { cluster: main } }'), { promote: rule }).promote).toBeNull();
  });

  it.each<[string, string, readonly string[] | null]>([
    ['a service whose image the other one does not run', 'staging: { cluster: a, services: [web] }', ['db']],
    ['none where the other one runs all images', 'staging: { cluster: a, services: [admin, db] }', []],
    ['none where both have all', 'staging: { cluster: a }', []],
  ])('leaves out %s', (_what, staging, alone) => {
    const text = file(
      `{ ${staging}, production: { cluster: main, promote: staging } }`,
      '{ web: , admin: { image: web }, db: { image: db } }',
    ).replace('images: { web: }', 'images: { web: , db: }');
    expect(promoteOf(text).alone).toEqual(alone);
  });

  it('leaves out nothing of a tip that cannot be understood, and is the commit’s where that does not know it', () => {
    expect(promoteOf(newer(tip('{ from: staging, required: true }'))).alone).toEqual([]);
    expect(promoteOf(file('{ staging: { cluster: a } }'), { promote: rule }).alone).toBeNull();
  });

  it('of a newer tip is read as strictly as can be', () => {
    expect(promoteOf(newer(tip('{ from: staging, within: 7d }'))).promote).toEqual(rule);
    expect(promoteOf(newer(tip('{ from: staging, required: false }'))).promote?.required).toBe(false);
    // Nobody can say from where: a person has to.
    expect(promoteOf(newer(tip('[staging, canary]')))).toMatchObject({
      promote: null,
      approval: { deadlineMs: 86_400_000 },
    });
    expect(promoteOf(newer('{ production: { cluster: main } }'), { promote: rule }).promote).toEqual(rule);
  });
});
