/**
 * The known word that a mistyped one was probably meant to be.
 */
const plain = (word: string): string => word.toLowerCase().replaceAll(/[-_.]/g, '');

/** Edits of one letter, or swaps of two neighbours, between two words. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swaps = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = swaps ? at(i - 2, j - 2) + 1 : replaced;
      row.push(Math.min(replaced, swapped, at(i - 1, j) + 1, at(i, j - 1) + 1));
    }
  }
  return at(a.length, b.length);
}

export function didYouMean(word: string, known: readonly string[]): string | undefined {
  const wanted = plain(word.slice(0, 100));
  const ranked = known
    .map((candidate) => ({ candidate, edits: distance(wanted, plain(candidate)) }))
    .filter(({ candidate, edits }) => edits <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.edits - b.edits);
  return ranked[0]?.candidate;
}

/** `; did you mean "web"?`, or nothing. */
export function suggestion(word: string, known: readonly string[]): string {
  const meant = didYouMean(word, known);
  return meant === undefined ? '' : `; did you mean ${JSON.stringify(meant)}?`;
}
