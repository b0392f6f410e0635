import { describe, expect, it } from '@jest/globals';
import { bytesOf, MOST_BYTES } from '../../../src/release/page/blocks.ts';
import { releasePage } from '../../../src/release/page/release-page.ts';
import type { ReleaseStatus } from '../../../src/release/verdict.ts';
import { proseOf } from './prose.ts';
import { HOSTILE, hugeStatus, ID, NOW, serviceOf, statusWith } from './scenes.ts';

const page = (more: Partial<ReleaseStatus> = {}, id = ID): string => releasePage(statusWith(more), id);

describe('the page of a release', () => {
  it('says what goes where, how far it is, and how each service stands', () => {
    expect(page()).toMatchInlineSnapshot(`
"## ▸ running · \`shop → production\`

- release 12
- commit \`4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c\` \`feat: a cart\`
- cluster \`shop\`
- started 2026-11-29 18:00:00 UTC by \`ada\`

### Steps

\`\`\`text
✓ done     plan               2.3s
▸ running  build:api (arm64)  since 18:00:02
· waiting  update:1
\`\`\`

### Services

\`\`\`text
✓ updated  api  api:7 → api:8
✓ updated  web  web:7 → web:8
\`\`\`"
`);
  });

  it('says how it ended and why', () => {
    const cause = {
      kind: 'task-failed',
      step: 'stable:1',
      summary: 'api: container app exited with code 1',
      evidence: ['KeyError: SETTINGS'],
    };
    const services = [serviceOf('api', { state: 'restored', taskDefinition: 'x/api:7' })];
    expect(
      page({ phase: 'ended', verdict: 'rolled-back', cause, services, endedAtMs: NOW + 61_000 }),
    ).toMatchInlineSnapshot(`
"## ↩ rolled back · \`shop → production\`

- release 12
- commit \`4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c\` \`feat: a cart\`
- cluster \`shop\`
- started 2026-11-29 18:00:00 UTC by \`ada\`, ended 2026-11-29 18:01:01 UTC, after 1m 01s

### Cause

\`api: container app exited with code 1\` (\`task-failed\` in \`stable:1\`)

\`\`\`text
KeyError: SETTINGS
\`\`\`

### Steps

\`\`\`text
✓ done     plan               2.3s
▸ running  build:api (arm64)  since 18:00:02
· waiting  update:1
\`\`\`

### Services

\`\`\`text
↩ restored  api  api:7
\`\`\`"
`);
  });

  it.each<[string, Partial<ReleaseStatus>, readonly string[]]>([
    ['a pause', { hold: hold('paused') }, ['resume', 'abort']],
    ['an approval', { hold: hold('approval') }, ['approve', 'deny']],
    ['a decision', { hold: hold('decision') }, ['rollback', 'give-up']],
    ['a stuck rollback', { phase: 'restoring', stuck: 'api: no such image' }, ['retry', 'skip', 'give-up']],
  ])('names the signals that answer %s', (_what, more, signals) => {
    const text = page(more);
    const named = [...text.matchAll(/^temporal workflow signal .* --name (\S+)/gm)].map(([, name]) => name);
    expect(named).toEqual(signals);
    expect(text).toContain(`--workflow-id ${ID} `);
  });

  it('names the service that is stuck in the input of skip', () => {
    expect(page({ stuck: 'api: no such image' })).toContain(`--name skip --input '{"service":"api"}'`);
  });

  it('has no pause left to answer once the release goes back', () => {
    expect(page({ phase: 'restoring', hold: hold('paused') })).not.toContain('resume');
  });

  it('quotes a workflow id that the shell would read', () => {
    expect(page({ hold: hold('paused') }, "a'; reboot #")).toContain(
      `--workflow-id 'a'\\''; reboot #' --name`,
    );
  });

  it.each([
    ['running', undefined, '▸ changed'],
    ['restoring', undefined, '▸ goes back'],
    ['restoring', 'no such image', '‼ not restored'],
    ['ended', undefined, '‼ not restored'],
  ] as const)('says of a touched service, %s, %s: %s', (phase, detail, word) => {
    const service = serviceOf('api', { state: 'not-restored', ...(detail && { detail }) });
    expect(page({ phase, services: [service] })).toContain(`${word}  api`);
  });

  it.each([
    ['succeeded', '✓ succeeded'],
    ['failed', '✗ failed'],
    ['rolled-back', '↩ rolled back'],
    ['rollback-failed', '‼ rollback failed'],
    ['superseded', '⊘ superseded'],
    ['aborted', '⊘ aborted'],
    ['refused', '✗ refused'],
  ] as const)('begins with the verdict: %s', (verdict, word) => {
    expect(page({ phase: 'ended', verdict })).toMatch(new RegExp(`^## ${word} · `));
  });

  it('is told of before anything is known', () => {
    const nothing = { app: '', environment: '', cluster: null, commit: null, startedBy: null, number: null };
    expect(page({ ...nothing, steps: [], services: [] })).toBe(
      '## ▸ running\n\n- started 2026-11-29 18:00:00 UTC',
    );
  });

  it('is the same for the same status', () => {
    expect(page()).toBe(page());
  });
});

describe('text that is not ours', () => {
  it.each(HOSTILE)('stays text: %j', (text) => {
    const prose = proseOf(releasePage(hugeStatus(2, text), text));
    expect(prose).not.toMatch(/evil|<|\]\(|onerror|script|\u202e|\u200b/);
    // Headings are those of the page.
    expect(prose.match(/^#.*$/gm)?.slice(1)).toEqual([
      '### Waits for a person',
      '### Cause',
      '### Steps',
      '### Services',
      '### Warnings',
      '### Operators',
    ]);
  });
});

describe('its size', () => {
  it.each([
    ['ASCII', 'x'.repeat(5_000)],
    ['three bytes', '→'.repeat(5_000)],
    ['four bytes', '🚢'.repeat(5_000)],
    ['back ticks', '`'.repeat(5_000)],
  ])('stays small with 100 services and the longest texts: %s', (_what, text) => {
    const large = releasePage(hugeStatus(100, text), ID);
    expect(bytesOf(large)).toBeLessThanOrEqual(MOST_BYTES);
    expect(large).toContain('### Operators');
  });

  it('shows what matters where there is no room for all', () => {
    const services = Array.from({ length: 100 }, (_, index) =>
      serviceOf(`service-${index}`, { detail: 'x', state: index === 77 ? 'not-restored' : 'restored' }),
    );
    const text = page({ services });
    expect(text).toContain('‼ not restored  service-77');
    expect(text).toMatch(/… and \d+ more/);
  });

  it('shows all of a hundred services that succeeded, or says how many it leaves out', () => {
    const services = Array.from({ length: 100 }, (_, index) => serviceOf(`service-${index}`));
    const text = page({ services });
    const shown = text.match(/✓ updated/g)?.length ?? 0;
    expect(text).toContain(`… and ${100 - shown} more`);
    expect(shown).toBeGreaterThanOrEqual(40);
  });
});

function hold(kind: 'paused' | 'approval' | 'decision') {
  return { kind, reason: `for ${kind}`, sinceMs: NOW, untilMs: NOW + 60_000 };
}
