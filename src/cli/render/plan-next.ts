/** What to do about a plan: how to begin, or how to come to a release that may. */

import { workflowIdOf } from '../../release/names.ts';
import type { ReleasePreview } from '../../release/preview/preview.ts';
import { NOT_ALLOWED, NOT_VERIFIED, OLDER_COMMIT, type Refusal } from '../../release/refusals.ts';
import { shellWord, slipwayCommand } from '../../release/shell-word.ts';
import type { ReleaseOptions } from '../commands/release-options.ts';
import { environmentCommand, type Reader } from './command.ts';
import { toVerify } from './report-next.ts';
import { oneLine } from './sanitize.ts';

/** What was said to `plan`, and has to be said to `deploy` again. */
export type PlanWish = Pick<ReleaseOptions, 'allowOlder' | 'force' | 'overrideFreeze'>;

export function nextOfPlan(preview: ReleasePreview, wish: PlanWish, reader: Reader): readonly string[] {
  const { outcome, causes, commit } = preview;
  const said = saidOf(wish);
  const command = (action: 'deploy' | 'plan', ...more: readonly string[]): string => {
    const options = [`--sha ${commit.sha}`, ...said, ...more];
    return environmentCommand(action, preview, reader, { options });
  };
  if (outcome === 'begin') return [oneLine(command('deploy'))];
  if (outcome === 'in-place')
    return [oneLine(`deploy it again all the same: ${command('deploy', '--force')}`)];
  const flags = causes.map((cause) => flagAgainst(cause, preview));
  const known = flags.filter((flag) => flag !== undefined);
  const lines = causes.flatMap((cause): readonly string[] => {
    switch (cause.kind) {
      case NOT_ALLOWED:
        return notAllowedLines(cause, preview, command('deploy'), reader);
      case OLDER_COMMIT:
        return [];
      case NOT_VERIFIED:
        return [...toVerify(cause), `when it has verified it: ${command('deploy', ...known)}`];
      case 'superseded':
        return [`how the newer one gets on: ${environmentCommand('status', preview, reader)}`];
      default:
        return [`mend that, then look again: ${command('plan', ...known)}`];
    }
  });
  const isUpToPeople = known.length === flags.length;
  const inSpite = isUpToPeople ? [`in spite of that: ${command('deploy', ...known)}`] : [];
  return [...new Set([...lines, ...inSpite])].map(oneLine);
}

const saidOf = ({ allowOlder, force, overrideFreeze }: PlanWish): readonly string[] => [
  ...(allowOlder ? ['--allow-older'] : []),
  ...(force ? ['--force'] : []),
  ...(overrideFreeze === undefined ? [] : [`--override-freeze ${shellWord(overrideFreeze)}`]),
];

const isFrozen = ({ kind, summary }: Refusal, { queue }: ReleasePreview): boolean =>
  kind === NOT_ALLOWED && queue.frozen !== null && summary.endsWith(queue.frozen);

/** What says that it is meant all the same; undefined: nothing does. */
function flagAgainst(cause: Refusal, preview: ReleasePreview): string | undefined {
  if (isFrozen(cause, preview)) return `--override-freeze 'why it cannot wait'`;
  return cause.kind === OLDER_COMMIT ? '--allow-older' : undefined;
}

/** As the environment says it: frozen, the same commit under way, or one release at a time. */
function notAllowedLines(
  cause: Refusal,
  preview: ReleasePreview,
  deploy: string,
  reader: Reader,
): readonly string[] {
  const { frozen, holder } = preview.queue;
  if (isFrozen(cause, preview)) {
    const isSet = frozen?.startsWith('frozen by ') === true;
    const end = `end the freeze: ${environmentCommand('unfreeze', preview, reader)}`;
    return [`when the freeze is over: ${deploy}`, ...(isSet ? [end] : [])];
  }
  const [, twin] = / brings this commit here already: (\S+)$/.exec(cause.summary) ?? [];
  if (twin !== undefined) return [`watch that one: ${slipwayCommand('watch', [workflowIdOf(twin)])}`];
  const watch = holder ? [`watch it: ${slipwayCommand('watch', [workflowIdOf(holder.releaseId)])}`] : [];
  return [`when that has ended: ${deploy}`, ...watch];
}
