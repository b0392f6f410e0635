/** A text as one word of a shell command that people copy: workflow ids and reasons may hold anything. */
export const shellWord = (text: string): string =>
  /^[\w./@:+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
