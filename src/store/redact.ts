/**
 * Keeps known secret values out of logs, error texts and reports.
 */
const MASK = '***';
/** Shorter values would mask ordinary words. */
const SHORTEST_SECRET = 6;

export type Redactor = (text: string) => string;

/** Masks the given values, each line of a value of several lines, and their base64 and URL forms. */
export function createRedactor(secrets: readonly string[]): Redactor {
  const forms = secrets
    .flatMap((secret) => [secret, ...secret.split(/\r?\n/)])
    .flatMap((secret) => [secret, Buffer.from(secret).toString('base64'), encodeURIComponent(secret)])
    .filter((form) => form.length >= SHORTEST_SECRET);
  // Longest first: a part must not be masked before the whole.
  const ordered = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return (text) => ordered.reduce((result, form) => result.replaceAll(form, MASK), text);
}
