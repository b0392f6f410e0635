/**
 * What GitHub's runner makes of the lines that a step prints: after actions/runner, ActionCommand.cs and
 * ActionCommandManager.cs (TryParseV2 first, then the old form anywhere in a line).
 */
export interface RunnerCommand {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

/** Everything that the runner has a handler for. */
const KNOWN = [
  ...['set-env', 'set-output', 'save-state', 'add-mask', 'add-path', 'add-matcher', 'remove-matcher'],
  ...['debug', 'warning', 'error', 'notice', 'group', 'endgroup', 'echo', 'stop-commands'],
];

const DATA = [
  ['%0D', '\r'],
  ['%0A', '\n'],
  ['%25', '%'],
] as const;
const PROPERTY = [
  ['%0D', '\r'],
  ['%0A', '\n'],
  ['%3A', ':'],
  ['%2C', ','],
  ['%25', '%'],
] as const;
const OLD = [
  ['%3B', ';'],
  ['%0D', '\r'],
  ['%0A', '\n'],
  ['%5D', ']'],
  ['%25', '%'],
] as const;

const unescaped = (text: string, mappings: readonly (readonly [string, string])[]): string =>
  mappings.reduce((sum, [escaped, token]) => sum.replaceAll(escaped, token), text);

export class LogReader {
  readonly commands: RunnerCommand[] = [];
  /** What people see, in order; groups and annotations as the lines that made them. */
  readonly log: string[] = [];
  readonly #known = new Set(KNOWN);
  #stopToken: string | undefined;

  read(line: string): void {
    const command = this.#newForm(line) ?? this.#oldForm(line);
    if (command === undefined) {
      this.log.push(line);
      return;
    }
    if (this.#stopToken !== undefined) {
      if (command.name.toLowerCase() === this.#stopToken.toLowerCase()) {
        this.#known.delete(this.#stopToken);
        this.#stopToken = undefined;
      } else this.log.push(line);
      return;
    }
    this.commands.push(command);
    if (command.name === 'stop-commands') {
      const token = command.data;
      if (token === '' || token === 'pause-logging' || this.#known.has(token))
        throw new Error(`a bad token: ${token}`);
      this.#stopToken = token;
      this.#known.add(token);
    }
  }

  get isStopped(): boolean {
    return this.#stopToken !== undefined;
  }

  named(...names: readonly string[]): readonly RunnerCommand[] {
    return this.commands.filter(({ name }) => names.includes(name));
  }

  #newForm(line: string): RunnerCommand | undefined {
    const message = line.trimStart();
    if (!message.startsWith('::')) return undefined;
    const end = message.indexOf('::', 2);
    if (end < 0) return undefined;
    const info = message.slice(2, end);
    const [name = '', rest] = splitOnce(info, ' ');
    if (!this.#known.has(name)) return undefined;
    return {
      name,
      properties: properties(rest, ',', PROPERTY),
      data: unescaped(message.slice(end + 2), DATA),
    };
  }

  #oldForm(line: string): RunnerCommand | undefined {
    const start = line.indexOf('##[');
    const end = start < 0 ? -1 : line.indexOf(']', start);
    if (end < 0) return undefined;
    const [name = '', rest] = splitOnce(line.slice(start + 3, end), ' ');
    if (!this.#known.has(name)) return undefined;
    return { name, properties: properties(rest, ';', OLD), data: unescaped(line.slice(end + 1), OLD) };
  }
}

const splitOnce = (text: string, by: string): [string, string | undefined] => {
  const at = text.indexOf(by);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
};

const properties = (
  text: string | undefined,
  by: string,
  mappings: readonly (readonly [string, string])[],
): Record<string, string> =>
  Object.fromEntries(
    (text ?? '')
      .trim()
      .split(by)
      .flatMap((pair) => {
        const [name, value] = splitOnce(pair, '=');
        return value === undefined || value === '' ? [] : [[name, unescaped(value, mappings)]];
      }),
  );
