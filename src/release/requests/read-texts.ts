/** The texts of an input that anybody may have written: each is a text that is not empty, or is left out. */

export type TextsReading<Field extends string> =
  | { readonly texts: Readonly<Partial<Record<Field, string>>>; readonly problem: null }
  | { readonly texts: null; readonly problem: string };

/** What is null counts as left out: Temporal's UI and other languages' clients send it so. */
export const readTexts = <Field extends string>(
  given: Readonly<Record<string, unknown>>,
  fields: readonly Field[],
  required: readonly NoInfer<Field>[],
): TextsReading<Field> => {
  const texts: Partial<Record<Field, string>> = {};
  for (const field of fields) {
    const value = given[field] ?? undefined;
    if (value === undefined) {
      if (required.includes(field)) return { texts: null, problem: `"${field}" is missing` };
      continue;
    }
    if (typeof value !== 'string' || value.trim() === '')
      return { texts: null, problem: `"${field}" must be a text that is not empty` };
    texts[field] = value;
  }
  return { texts, problem: null };
};
