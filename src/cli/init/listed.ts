const SHOWN = 10;

/** Names in a sentence; of many the first ones, and how many more. */
export const listed = (names: readonly string[]): string =>
  names.length <= SHOWN
    ? names.join(', ')
    : `${names.slice(0, SHOWN).join(', ')} and ${names.length - SHOWN} more`;
