/**
 * Where a release stands still until a person says something: why, until when, and the commands that answer.
 */

import type { OperatorAction } from '../../release/operator.ts';
import { shellWord, slipwayCommand } from '../../release/shell-word.ts';
import type { Hold, ReleaseStatus } from '../../release/verdict.ts';
import type { Answer } from './command-lines.ts';
import { oneLine } from './sanitize.ts';

/** @param more words behind the id, ready to be pasted */
const slipway = (action: OperatorAction | 'watch' | 'why', workflowId: string, more = ''): string =>
  oneLine(`${slipwayCommand(action, [workflowId])}${more}`);

const GLYPH: Readonly<Record<Hold['kind'], string>> = { paused: '‖', approval: '?', decision: '‼' };

/** One line; the reason may hold what a person wrote. */
export const holdLine = ({ kind, reason, untilMs }: Hold): string => {
  const end = kind === 'paused' ? 'goes on by itself at' : 'ends at';
  const until = untilMs === null ? '' : ` (${end} ${utcTime(untilMs)})`;
  return `${GLYPH[kind]} ${oneLine(reason)}${until}`;
};

export const holdAnswers = ({ kind }: Hold, workflowId: string): readonly Answer[] => {
  switch (kind) {
    case 'paused':
      return [
        ['go on', slipway('resume', workflowId)],
        ['end it', slipway('abort', workflowId)],
      ];
    case 'approval':
      return [
        ['yes', slipway('approve', workflowId)],
        ['no', slipway('deny', workflowId)],
      ];
    case 'decision':
      return [
        ['roll back', slipway('rollback', workflowId)],
        ['leave all', slipway('give-up', workflowId)],
      ];
  }
};

/** A pause means nothing any more once the release goes back. */
export const activeHold = ({
  hold = null,
  phase,
}: Partial<Pick<ReleaseStatus, 'hold' | 'phase'>>): Hold | null =>
  hold?.kind === 'paused' && phase === 'restoring' ? null : hold;

/** @param stuck names of what is stuck, as far as they are known */
export const stuckAnswers = (workflowId: string, stuck: readonly string[]): readonly Answer[] => [
  ['try now', slipway('retry', workflowId)],
  ...(stuck.length > 0 ? stuck.map(shellWord) : ['<service>']).map(
    (name): Answer => ['leave one', slipway('skip', workflowId, ` ${name}`)],
  ),
  ['leave all', slipway('give-up', workflowId)],
];

/**
 * `api: no such image; web: refused` → api, web. Reasons may look alike, so that only names of services count – or
 * the first one alone, where none of them is known (those of an earlier release, which is being repaired).
 */
export function stuckNames({
  stuck,
  services,
}: Pick<ReleaseStatus, 'stuck' | 'services'>): readonly string[] {
  if (stuck === null) return [];
  const known = services.map(({ name }) => name).filter((name) => `; ${stuck}`.includes(`; ${name}: `));
  const [, first] = /^([^\s:;]+): /.exec(stuck) ?? [];
  return known.length > 0 || first === undefined ? known : [first];
}

export const awayAnswers = (workflowId: string): readonly Answer[] => [
  ['come back', slipway('watch', workflowId)],
  ['hold it', slipway('pause', workflowId)],
  ['end it', slipway('abort', workflowId)],
];

/** `2026-11-23 20:45:07 UTC`: lines may be read in CI, anywhere and later. */
export const utcTime = (ms: number): string =>
  `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
