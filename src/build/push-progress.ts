/**
 * How far a `docker push` is, from the lines that it prints where there is no terminal: one for each layer when it is
 * listed and one when it is there. Bytes it shows to terminals only.
 */
export interface PushProgress {
  readonly done: number;
  readonly total: number;
}

export interface PushTrace {
  /** Takes output in any pieces. */
  add(output: string): void;
  progress(): PushProgress;
}

const LAYER = /^([0-9a-f]{12}): (.+)$/;
const IS_THERE = /^(?:Pushed|Layer already exists|Mounted from )/;

export function createPushTrace(): PushTrace {
  const layers = new Map<string, boolean>();
  let partial = '';
  const take = (line: string): void => {
    const [, id, state] = LAYER.exec(line.trimEnd()) ?? [];
    if (id !== undefined && state !== undefined)
      layers.set(id, layers.get(id) === true || IS_THERE.test(state));
  };
  return {
    add(output) {
      const lines = (partial + output).split('\n');
      partial = lines.pop() ?? '';
      for (const line of lines) take(line);
    },
    progress: () => ({ done: [...layers.values()].filter(Boolean).length, total: layers.size }),
  };
}
