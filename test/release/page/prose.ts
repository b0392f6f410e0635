/**
 * What of a page a Markdown renderer may read as more than text: all that is not in a code span or in a fence. As
 * CommonMark has it: a fence ends with a line of at least as many back ticks, a span with a run of just as many.
 */
export const proseOf = (page: string): string => {
  const prose: string[] = [];
  let fence = '';
  for (const line of page.split('\n')) {
    const [, ticks = ''] = /^ {0,3}(`{3,})[^`]*$/.exec(line) ?? [];
    if (fence !== '') {
      if (ticks.length >= fence.length && line.trim() === ticks) fence = '';
    } else if (ticks !== '') fence = ticks;
    else prose.push(withoutSpans(line));
  }
  if (fence !== '') throw new Error('a fence was not closed');
  return prose.join('\n');
};

const withoutSpans = (line: string): string => {
  const runs = [...line.matchAll(/`+/g)];
  const [first] = runs;
  if (!first) return line;
  const end = runs.slice(1).find(([run]) => run.length === first[0].length);
  if (!end) throw new Error(`a code span was not closed: ${line}`);
  return `${line.slice(0, first.index)}CODE${withoutSpans(line.slice(end.index + end[0].length))}`;
};
