/**
 * Which part of a frame gets how many lines, so that all of it is lower than the terminal.
 */
export interface Block {
  /** Below this it is left out. */
  readonly least: number;
  /** Enough to follow what happens. */
  readonly good: number;
  /** All that it has to say. */
  readonly want: number;
  /** What is left out last, and grows first, has the lowest number. */
  readonly rank: number;
  /** At most `height` lines. */
  readonly render: (height: number) => readonly string[];
}

/** The blocks in their order, a blank line between them where there is room for all of these. */
export const layOut = (blocks: readonly Block[], height: number): readonly string[] => {
  const byRank = blocks.filter(({ want }) => want > 0).sort((one, other) => one.rank - other.rank);
  const heights = new Map<Block, number>();
  let room = height;
  for (const block of byRank) {
    const given = Math.min(room, block.least);
    // Half of what a person has to read is better than nothing, for the first; of the others, nothing is better.
    if (given < block.least && heights.size > 0) continue;
    heights.set(block, given);
    room -= given;
  }
  for (const size of ['good', 'want'] as const) {
    // Air between the blocks is worth more than the last details.
    if (size === 'want') room -= heights.size - 1;
    for (const [block, given] of heights) {
      const more = Math.max(0, Math.min(room, block[size] - given));
      heights.set(block, given + more);
      room -= more;
    }
  }
  const parts = blocks
    .filter((block) => heights.has(block))
    .map((block) => block.render(heights.get(block) ?? 0).slice(0, heights.get(block)))
    .filter((lines) => lines.length > 0);
  const used = parts.reduce((sum, lines) => sum + lines.length, 0);
  const gap = used + parts.length - 1 <= height ? [''] : [];
  return parts.flatMap((lines, index) => (index === 0 ? lines : [...gap, ...lines]));
};
