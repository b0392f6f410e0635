/** Half a character: what is left where text is cut, or what JSON and YAML can write as `\ud800`. */
const LONE_SURROGATE = /\p{Cs}/gu;

/**
 * Text that can be sent as UTF-8. Temporal takes JSON as it is, but the message of a failure and a workflow id are strings
 * of its protocol: one that is not well-formed ends the worker that says it, and the next one that tries it again.
 */
export const wellFormed = (text: string): string => text.replaceAll(LONE_SURROGATE, '\ufffd');

export const isWellFormed = (text: string): boolean => wellFormed(text) === text;
