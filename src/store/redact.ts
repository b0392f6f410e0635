/**
 * Keeps secrets out of logs, error texts and reports: values that are known, and what looks like one.
 */
const MASK = '***';
/** Shorter values would mask ordinary words. */
const SHORTEST_SECRET = 6;

export type Redactor = (text: string) => string;

/** Masks the given values, each line of a value of several lines, their base64 and URL forms; then `maskSecrets`. */
export function createRedactor(secrets: readonly string[]): Redactor {
  const forms = secrets
    .flatMap((secret) => [secret, ...secret.split(/\r?\n/)])
    .flatMap((secret) => [secret, Buffer.from(secret).toString('base64'), encodeURIComponent(secret)])
    .filter((form) => form.length >= SHORTEST_SECRET);
  // Longest first: a part must not be masked before the whole.
  const ordered = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return (text) => maskSecrets(ordered.reduce((result, form) => result.replaceAll(form, MASK), text));
}

/**
 * Masks what looks like a secret by its surroundings: the value after `password=` or `"token":`, credentials of an
 * Authorization header, JSON Web Tokens, passwords in URLs. In doubt more is masked, but no ordinary words
 * (`token expired`). Takes time in proportion to the text: every part that may be tried again has a bounded length.
 */
export const maskSecrets: Redactor = (text) =>
  text
    .replaceAll(/[^\s"]+/g, maskUrl)
    .replaceAll(JSON_WEB_TOKEN, MASK)
    .replaceAll(AUTHORIZATION, `$1${MASK}`)
    .replaceAll(BEARER, `$1${MASK}`)
    .replaceAll(QUOTED, `$1${MASK}`)
    .replaceAll(ASSIGNED, `$1${MASK}`)
    .replaceAll(IN_PROSE, `$1${MASK}`);

const JSON_WEB_TOKEN = /(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]*/g;
const AUTHORIZATION =
  /(authorization\\{0,4}["']?\s{0,3}[:=]\s{0,3}\\{0,4}["']?(?:basic|bearer|digest|token)\s{1,3})[^\s"'\\]{8,}/gi;
/** `Bearer authentication failed` has no digit. */
const BEARER = /\b(bearer\s{1,3})(?=[^\s\d]{0,200}\d)[\w.~+/=-]{8,}/gi;

/** How names of secrets end, also as a part of a longer name: `DB_PASSWORD`, `AWS_SECRET_ACCESS_KEY`, `x-api-key`. */
const NAME =
  '(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)(?:[_-]?(?:access[_-]?key|key|value))?';
const QUOTE = String.raw`(?:\\{0,8}["'])`;
const EQUALS = '(?:=>|:=|=(?![=~])|:)';
/** No secret, and worth knowing: nothing, the place where one is kept, an object of JSON, the working folder. */
const PLAIN = String.raw`(?!(?:none|null|nil|undefined|true|false)(?:$|[\s,;)\]}&])|arn:|[=>]|(?<=:\s{0,3})[{[]|(?<=pwd[=:]\s{0,3})/)`;
/** `&` and the like end a value only where another `name=` or nothing follows: they may be a part of it. */
const VALUE = String.raw`(?:[^\s"&;,]|[&;,](?!\s|$|["'\w.-]{0,40}[=:]))+`;

/** `"password": "x"`, `password='x'`, `{\"password\":\"x\"}`: up to the closing quote. */
const QUOTED = new RegExp(
  String.raw`(${NAME}${QUOTE}?\s{0,3}${EQUALS}\s{0,3}(?:\\{1,8}"|"|'(?=[^']{3})))(?:(?<=\\")[^"\\]+|(?<=")(?:[^"\\]|\\.)+|(?<=')(?:[^'\\]|\\.)+)`,
  'gi',
);
/** `password=x`, `"password":123`. */
const ASSIGNED = new RegExp(
  String.raw`(${NAME}(?:=|${QUOTE}\s{0,3}${EQUALS}\s{0,3}))${PLAIN}(?!["'\\])${VALUE}`,
  'gi',
);
/** `password: x1y2z3`, `token = x1y2z3`: masked where it is no word, nor a part of an ARN (`:secret:db-1`). */
const IN_PROSE = new RegExp(
  String.raw`((?<!:)${NAME}\s{0,3}${EQUALS}\s{0,3})${PLAIN}(?=[^\s"]{0,200}\d)(?=[^\s"]{0,200}[a-z])(?=[^\s"]{6})${VALUE}`,
  'gi',
);

/** `://user:`, but not a host and its port, and not `git@host:path`. */
const USER = /:\/\/(?!git@)[^\s:/[]*:(?!\d{1,5}(?:[/?#,;)\]}'>]|$))/g;

/** Up to the last `@`: passwords in the raw may hold `@` and `/`, hosts may not. */
function maskUrl(word: string): string {
  const at = word.lastIndexOf('@');
  if (at < 0) return word;
  for (const { 0: user, index } of word.matchAll(USER)) {
    const start = index + user.length;
    if (start < at) return `${word.slice(0, start)}${MASK}${word.slice(at)}`;
  }
  return word;
}
