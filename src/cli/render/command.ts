/** Commands about an environment, for people to copy: they mean the same when they are pasted where the reader stands. */
import { shellWord, slipwayCommand } from '../../release/shell-word.ts';

/** Who reads it. */
export interface Reader {
  /**
   * App that a command without `--app` is about, where the reader stands; null: none, or nobody should count on it.
   * Absent: the one that is spoken of.
   */
  readonly impliedApp?: string | null | undefined;
}

export interface Place {
  readonly app: string;
  readonly environment: string;
}

/** `--app shop`, where it has to be said. */
const appOption = (app: string, { impliedApp }: Reader): readonly string[] =>
  impliedApp === undefined || impliedApp === app ? [] : [`--app ${shellWord(app)}`];

/**
 * @param rest operands behind the environment
 * @param options ready words: `--limit 5`
 */
export const environmentCommand = (
  action: string,
  { app, environment }: Place,
  reader: Reader,
  {
    rest = [],
    options = [],
  }: { readonly rest?: readonly string[]; readonly options?: readonly string[] } = {},
): string => slipwayCommand(action, [environment, ...rest], [...options, ...appOption(app, reader)]);
