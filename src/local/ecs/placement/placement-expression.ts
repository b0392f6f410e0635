// ECS's cluster query language, as `memberOf` constraints use it: `attribute:ecs.cpu-architecture == arm64 and not task:group == db`.
// Source: "Create expressions to define container instances for Amazon ECS tasks" in the ECS developer guide.
import { invalid } from '../lookup.ts';

export interface QueriedInstance {
  readonly attributes: Readonly<Record<string, string>>;
  readonly ec2InstanceId: string;
  readonly runningTasks: number;
  /** Groups of the tasks on it. */
  readonly groups: ReadonlySet<string>;
}

export type InstanceQuery = (instance: QueriedInstance) => boolean;

const operators: Readonly<Record<string, string>> = {
  equals: '==',
  not_equals: '!=',
  greater_than: '>',
  greater_than_equal: '>=',
  less_than: '<',
  less_than_equal: '<=',
  not_exists: '!exists',
  not_in: '!in',
  matches: '=~',
  not_matches: '!~',
};

/** Throws InvalidParameterException if the text is no expression. */
export function parseQuery(expression: string): InstanceQuery {
  const parser = new Parser(expression);
  const query = parser.either();
  parser.expectEnd();
  return query;
}

class Parser {
  readonly #expression: string;
  readonly #tokens: string[];
  #next = 0;

  constructor(expression: string) {
    this.#expression = expression;
    this.#tokens =
      expression.match(
        /\(|\)|\[|\]|,|&&|\|\||==|!=|>=|<=|=~|!~|!exists\b|!in\b|!|>|<|"[^"]*"|[^\s()[\],]+/g,
      ) ?? [];
  }

  either(): InstanceQuery {
    const all = [this.#both()];
    while (this.#take('or', '||')) all.push(this.#both());
    return (instance) => all.some((query) => query(instance));
  }

  expectEnd(): void {
    if (this.#next < this.#tokens.length) throw this.#error();
  }

  #both(): InstanceQuery {
    const all = [this.#single()];
    while (this.#take('and', '&&')) all.push(this.#single());
    return (instance) => all.every((query) => query(instance));
  }

  #single(): InstanceQuery {
    if (this.#take('not', '!')) {
      const query = this.#single();
      return (instance) => !query(instance);
    }
    if (this.#take('(')) {
      const query = this.either();
      if (!this.#take(')')) throw this.#error();
      return query;
    }
    return this.#comparison();
  }

  #comparison(): InstanceQuery {
    const valuesOf = this.#subject(this.#word());
    const word = this.#word();
    const operator = operators[word] ?? word;
    const some =
      (test: (value: string) => boolean): InstanceQuery =>
      (instance) =>
        valuesOf(instance).some(test);
    const none =
      (test: (value: string) => boolean): InstanceQuery =>
      (instance) =>
        !valuesOf(instance).some(test);
    switch (operator) {
      case 'exists':
        return some(() => true);
      case '!exists':
        return none(() => true);
      case 'in':
      case '!in': {
        const list = this.#list();
        return (operator === 'in' ? some : none)((value) => list.includes(value));
      }
    }
    const wanted = this.#word();
    switch (operator) {
      case '==':
        return some((value) => value === wanted);
      case '!=':
        return none((value) => value === wanted);
      case '=~':
        return some(this.#pattern(wanted));
      case '!~':
        return none(this.#pattern(wanted));
      case '>':
        return some((value) => Number(value) > Number(wanted));
      case '>=':
        return some((value) => Number(value) >= Number(wanted));
      case '<':
        return some((value) => Number(value) < Number(wanted));
      case '<=':
        return some((value) => Number(value) <= Number(wanted));
      default:
        throw this.#error();
    }
  }

  #subject(name: string): (instance: QueriedInstance) => readonly string[] {
    if (name.startsWith('attribute:')) {
      const attribute = name.slice('attribute:'.length);
      return ({ attributes }) => {
        const value = attributes[attribute];
        return value === undefined ? [] : [value];
      };
    }
    switch (name) {
      case 'task:group':
        return ({ groups }) => [...groups];
      case 'ec2InstanceId':
        return ({ ec2InstanceId }) => [ec2InstanceId];
      case 'runningTasksCount':
        return ({ runningTasks }) => [String(runningTasks)];
      case 'agentConnected':
        return () => ['true'];
      default:
        throw this.#error();
    }
  }

  #list(): string[] {
    if (!this.#take('[')) throw this.#error();
    const list = [this.#word()];
    while (this.#take(',')) list.push(this.#word());
    if (!this.#take(']')) throw this.#error();
    return list;
  }

  #pattern(text: string): (value: string) => boolean {
    try {
      const pattern = new RegExp(`^(?:${text})$`);
      return (value) => pattern.test(value);
    } catch {
      throw this.#error();
    }
  }

  #take(...words: readonly string[]): boolean {
    if (!words.includes(this.#tokens[this.#next] ?? '')) return false;
    this.#next += 1;
    return true;
  }

  #word(): string {
    const token = this.#tokens[this.#next];
    if (token === undefined || /^[()[\],]$/.test(token)) throw this.#error();
    this.#next += 1;
    return token.replace(/^"(.*)"$/, '$1');
  }

  #error(): Error {
    return invalid(`Invalid expression for placement constraint: ${this.#expression}`);
  }
}
