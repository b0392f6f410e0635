/**
 * How a command writes its result, the same for all that programs read: `--output text|json` (`ndjson` where something is
 * followed), and `--json` for short. Shapes are in docs/json.md.
 */
import { type Command, Option } from 'commander';

export type OutputFormat = 'text' | 'json' | 'ndjson';

export interface OutputOptions {
  /** Also where `--json` was said. */
  readonly output: OutputFormat;
}

interface Wording {
  /** Formats beside text and JSON. */
  readonly also?: 'ndjson';
  readonly what?: string;
}

export const addOutputOptions = (
  command: Command,
  { also, what = 'what stdout gets' }: Wording = {},
): Command =>
  command
    .addOption(
      new Option('--output <format>', what)
        .choices(['text', 'json', ...(also === undefined ? [] : [also])])
        .default('text'),
    )
    .addOption(new Option('--json', 'the same as --output json').implies({ output: 'json' }))
    .hook('preAction', refuseOther);

/** What cannot both be meant is no matter of taste. */
function refuseOther(_command: Command, acting: Command): void {
  const { output, json } = acting.opts<{ readonly output: OutputFormat; readonly json?: boolean }>();
  if (!json || output === 'json') return;
  acting.error(`error: option '--json' cannot be used with option '--output ${output}'`, {
    code: 'commander.conflictingOption',
  });
}
