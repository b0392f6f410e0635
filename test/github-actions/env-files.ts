/** GITHUB_OUTPUT and GITHUB_ENV as the runner reads them: after actions/runner, FileCommandManager.cs. */
export function readPairs(text: string): Record<string, string> {
  const pairs: Record<string, string> = {};
  const lines = text.split(/\r\n|\n|\r/);
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    if (line === '') continue;
    const equals = line.indexOf('=');
    const heredoc = line.indexOf('<<');
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      pairs[line.slice(0, equals)] = line.slice(equals + 1);
      continue;
    }
    if (heredoc < 0) throw new Error(`Invalid format '${line}'`);
    const [name, delimiter] = [line.slice(0, heredoc), line.slice(heredoc + 2)];
    if (name === '' || delimiter === '') throw new Error(`Invalid format '${line}'`);
    const end = lines.indexOf(delimiter);
    if (end < 0) throw new Error(`Matching delimiter not found '${delimiter}'`);
    pairs[name] = lines.slice(0, end).join('\n');
    lines.splice(0, end + 1);
  }
  return pairs;
}
