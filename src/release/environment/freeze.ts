/** When an environment is frozen: no release may change it, but for a rollback and one that says why it must. */

/** Somebody has frozen the environment. */
export interface Freeze {
  readonly reason: string;
  /** A claim for the record, not an identity. */
  readonly owner: string;
  readonly sinceMs: number;
  /** Null: until somebody ends it. */
  readonly untilMs: number | null;
}

/** One occurrence of a recurring freeze, its end not included. */
export interface Interval {
  readonly name: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Why the environment is frozen at that moment, as half a sentence; undefined where it is not. */
export const whyFrozen = (
  freeze: Freeze | null,
  recurring: readonly Interval[],
  nowMs: number,
): string | undefined => {
  if (freeze && (freeze.untilMs === null || nowMs < freeze.untilMs)) {
    const until = freeze.untilMs === null ? 'until somebody ends it' : `until ${instant(freeze.untilMs)}`;
    return `frozen by ${freeze.owner} ${until}: ${freeze.reason}`;
  }
  const interval = recurring.find(({ fromMs, untilMs }) => fromMs <= nowMs && nowMs < untilMs);
  return interval && `frozen until ${instant(interval.untilMs)}: ${interval.name}`;
};

/** To the minute, as it stands in what releases are told. */
export const instant = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16)}Z`;

/**
 * What somebody hears who freezes.
 * @param replaced why it was frozen until then, by somebody
 */
export const frozen = ({ untilMs }: Freeze, replaced: string | undefined): string => {
  const until = untilMs === null ? 'until somebody ends it' : `until ${instant(untilMs)}`;
  return `frozen ${until}${replaced === undefined ? '' : `; before, it was ${replaced}`}`;
};

/**
 * What somebody hears who ends a freeze.
 * @param still why it is frozen all the same
 */
export const unfrozen = (was: Freeze | null, still: string | undefined): string => {
  if (still !== undefined) {
    const ended = was === null ? 'nobody has frozen it' : `that freeze has ended (${was.reason})`;
    return `${ended}; as its slipway.yaml says, it is ${still}`;
  }
  return was === null ? 'it was not frozen' : `it is not frozen any more (${was.reason})`;
};
