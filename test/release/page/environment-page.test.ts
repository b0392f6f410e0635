import { describe, expect, it } from '@jest/globals';
import type { EnvironmentState } from '../../../src/release/environment/state.ts';
import { statusOf } from '../../../src/release/environment/status.ts';
import { bytesOf, MOST_BYTES } from '../../../src/release/page/blocks.ts';
import { environmentPage } from '../../../src/release/page/environment-page.ts';
import { proseOf } from './prose.ts';
import { environmentWith, HOSTILE, ID, NOW, SHA } from './scenes.ts';

const page = (more: Partial<EnvironmentState> = {}): string =>
  environmentPage(statusOf(environmentWith(more)), NOW);

const commit = (subject: string) => ({ sha: SHA, subject, ancestors: [] });
const joined = (number: number, subject = 'feat: a cart', by = 'ada') => ({
  releaseId: `${ID}/run-${number}`,
  commit: commit(subject),
  rollbackTo: null,
  startedBy: by,
  startedAtMs: NOW,
  allowOlder: false,
  overrideFreeze: null,
  number,
  phase: 'ready' as const,
});
const line = (number: number, subject = 'feat: a cart') => ({
  number,
  releaseId: `${ID}/run-${number}`,
  commit: { sha: SHA, subject },
  rollbackTo: null,
  startedBy: 'ada',
  overrideFreeze: null,
  startedAtMs: NOW - 60_000,
  turnAtMs: NOW - 50_000,
  supersededBy: null,
  verdict: 'succeeded' as const,
  cause: null,
  broughtBy: null,
  repaired: false,
  approvedBy: null,
  endedAtMs: NOW,
});

const busy = (count: number, text = 'feat: a cart'): Partial<EnvironmentState> => ({
  turn: { ...joined(90, text, text), fence: 1, sinceMs: NOW },
  joined: Array.from({ length: count }, (_, index) => joined(91 + index, text, text)),
  freeze: { reason: text, owner: text, sinceMs: NOW, untilMs: NOW + 3_600_000 },
  rules: {
    policy: 'queue',
    freezes: [{ name: text, fromMs: NOW + 86_400_000, untilMs: NOW + 90_000_000 }],
  },
  serving: { number: 89, origin: 89, commit: commit(text) },
  needsRepair: { releaseId: `${ID}/run-88`, number: 88, sinceMs: NOW },
  ledger: Array.from({ length: Math.min(count, 50) }, (_, index) => line(89 - index, text)),
});

describe('the page of an environment', () => {
  it('says that nothing was released yet', () => {
    expect(page()).toBe('## `shop → production` · nobody has the turn\n\n- serves: nothing that is known');
  });

  it('says who has the turn, who waits, until when it is frozen, what serves and what was', () => {
    expect(page(busy(2))).toMatchInlineSnapshot(`
"## \`shop → production\` · release 90 has the turn, 2 on the way

- ‖ **frozen** by \`feat: a cart\` until 2026-11-29 19:00:00 UTC: \`feat: a cart\`
- ‖ **frozen** from 2026-11-30 18:00:00 UTC until 2026-11-30 19:00:00 UTC: \`feat: a cart\`
- ‼ release 88 ended without a word at 2026-11-29 18:00:00 UTC: the next one puts it right first
- serves: release 89, \`4f1c4f1c4f1c\` \`feat: a cart\`

### Turn

- release 90 of \`feat: a cart\`: \`4f1c4f1c4f1c\` \`feat: a cart\`
- since 2026-11-29 18:00:00 UTC, workflow \`deploy/shop/production/4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c\`

### On the way

\`\`\`text
release 91  waits  4f1c4f1c4f1c  deploy/shop/production/4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c
release 92  waits  4f1c4f1c4f1c  deploy/shop/production/4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c
\`\`\`

### Last releases

\`\`\`text
release 89  succeeded  4f1c4f1c4f1c  2026-11-29 18:00:00 UTC  1m 00s  feat: a cart
release 88  succeeded  4f1c4f1c4f1c  2026-11-29 18:00:00 UTC  1m 00s  feat: a cart
\`\`\`"
`);
  });

  it('leaves out a freeze that has passed', () => {
    const freeze = { reason: 'x', owner: 'ada', sinceMs: 0, untilMs: NOW };
    expect(page({ freeze })).not.toContain('frozen');
    expect(page({ freeze: { ...freeze, untilMs: NOW + 1 } })).toContain('frozen');
  });

  it.each(HOSTILE)('keeps text that is not ours text: %j', (text) => {
    const prose = proseOf(page(busy(3, text)));
    expect(prose).not.toMatch(/evil|<|\]\(|onerror|script|\u202e|\u200b/);
    expect(prose.match(/^#.*$/gm)).toHaveLength(4);
  });

  it.each(['x'.repeat(5_000), '🚢'.repeat(5_000), '`'.repeat(5_000)])('stays small', (text) => {
    expect(bytesOf(page(busy(300, text)))).toBeLessThanOrEqual(MOST_BYTES);
  });
});
