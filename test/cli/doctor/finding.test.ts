/** Checks know nothing of each other: one that hangs or breaks costs its own line, and no more. */
import { describe, expect, it } from '@jest/globals';
import { type Check, ok, runChecks } from '../../../src/cli/doctor/finding.ts';

const check = (name: string, run: Check['run']): Check => ({
  id: `machine.${name}`,
  what: name,
  fix: `mend ${name}`,
  run,
});
const good = (name: string): Check =>
  check(name, async () => [ok({ id: `machine.${name}`, what: name }, 'fine')]);

describe('checks', () => {
  it('that hang end at their bound, are told to stop, and hold nobody up', async () => {
    let wasStopped = false;
    const hanging = check(
      'hanging',
      (signal) =>
        new Promise(() => {
          signal.addEventListener('abort', () => {
            wasStopped = true;
          });
        }),
    );
    const startedAtMs = Date.now();
    const findings = await runChecks(
      [good('first'), hanging, check('second', () => new Promise(() => undefined)), good('last')],
      200,
    );
    expect(Date.now() - startedAtMs).toBeLessThan(1_000);
    expect(wasStopped).toBe(true);
    expect(findings.map(({ what, state }) => `${what} ${state}`)).toEqual([
      'first ok',
      'hanging broken',
      'second broken',
      'last ok',
    ]);
    expect(findings[1]).toMatchObject({ says: 'no answer within 0.2 s', fix: 'mend hanging' });
  });

  it('that break are told with what they threw, and the fix', async () => {
    const broken = check('broken', async () => {
      throw new Error('ENOENT');
    });
    expect(await runChecks([broken, check('odd', () => Promise.reject('a text')), good('good')])).toEqual([
      { id: 'machine.broken', what: 'broken', state: 'broken', says: 'ENOENT', fix: 'mend broken' },
      { id: 'machine.odd', what: 'odd', state: 'broken', says: 'a text', fix: 'mend odd' },
      expect.objectContaining({ state: 'ok' }),
    ]);
  });

  it('run at the same time', async () => {
    let running = 0;
    let most = 0;
    const slow = (name: string): Check =>
      check(name, async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 20));
        running -= 1;
        return [];
      });
    await runChecks(['a', 'b', 'c'].map(slow));
    expect(most).toBe(3);
  });
});
