/** Options of the commands that say which commit is to go where, and what that may overrule. */
import type { Command } from 'commander';
import type { ReleaseRequest } from '../../release/plan.ts';

/** What may stand in the way of a release, and is not to. */
type Overruling = Pick<ReleaseRequest, 'allowOlder' | 'force' | 'overrideFreeze'>;

export interface ReleaseOptions extends Overruling {
  readonly app?: string;
  readonly sha: string;
}

/** What the help says of each. */
type OverrulingTexts = Readonly<Record<keyof Overruling, string>>;

const OF_DEPLOY: OverrulingTexts = {
  allowOlder: 'also where a newer commit serves',
  force: 'also where this commit serves already; otherwise its health is checked, and that is all',
  overrideFreeze: 'also where the environment is frozen; kept in its history',
};

export const addReleaseOptions = (command: Command, texts: OverrulingTexts = OF_DEPLOY): Command =>
  command
    .option('--sha <ref>', 'commit, branch or tag', 'HEAD')
    .option('--allow-older', texts.allowOlder)
    .option('--force', texts.force)
    .option('--override-freeze <reason>', texts.overrideFreeze);
