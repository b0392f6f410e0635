/**
 * The end of a long output: a bounded buffer that forgets from the front.
 */
export interface Tail {
  add(text: string): void;
  text(): string;
}

/** Holds at least the last `size` characters, at most twice as many. */
export function createTail(size: number): Tail {
  let kept = '';
  return {
    add(text) {
      kept += text;
      if (kept.length > 2 * size) kept = kept.slice(-size);
    },
    text: () => kept.slice(-size),
  };
}

/** The last lines of a text, an empty one at its end left out; of a line that redraws itself, its last state. */
export function lastLines(text: string, lines: number): string[] {
  const trimmed = text.replace(/\s+$/, '');
  if (trimmed === '') return [];
  return trimmed
    .split('\n')
    .slice(-lines)
    .map((line) => line.replace(/\r$/, '').split('\r').at(-1) ?? '');
}
