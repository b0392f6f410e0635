/**
 * Colour, decided once for a stream. Meaning is never in colour alone.
 */
import pc from 'picocolors';
import type { Reader } from './command.ts';

export interface RenderOptions extends Reader {
  readonly color: boolean;
  /** Columns. */
  readonly width: number;
  /** Lines are broken to fit; where there is no terminal they stay whole. */
  readonly wrap?: boolean;
}

export type Colors = ReturnType<typeof pc.createColors>;

export const colorsFor = ({ color }: RenderOptions): Colors => pc.createColors(color);

/** no-color.org (any non-empty value), FORCE_COLOR, TERM=dumb, then whether it is a terminal. */
export function wantsColor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0';
  return env.TERM !== 'dumb' && !isCi(env) && stream.isTTY === true;
}

/** All CI services set it; `CI=false` is how people say that it is none. */
export const isCi = ({ CI }: NodeJS.ProcessEnv): boolean =>
  CI !== undefined && CI !== '' && CI !== '0' && CI.toLowerCase() !== 'false';
