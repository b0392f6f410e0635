/**
 * `script/demo`: the main job on real parts, in a folder of its own. Leaves nothing behind, unless told to.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT } from '../exit-codes.ts';
import { humanDuration } from '../render/duration.ts';
import { reportError } from '../report-error.ts';
import { processTerminal } from '../terminal.ts';
import { broken } from './outcome.ts';
import { demoTools } from './run-program.ts';
import { type DemoResult, tellStory } from './story.ts';
import { renderSummary } from './summary.ts';

const HELP = `usage: script/demo [--keep]

Four commits of examples/containrlab on this machine: the first into empty services; then, while requests come in,
two at once (the elder is superseded), a broken one that is rolled back, one that a freeze keeps out, and a rollback
to the first release. Ends with 0 only if all went as promised.

  --keep   leave it running afterwards, and say where
`;

async function demo(): Promise<number> {
  const { values } = parseArgs({
    options: { keep: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => stop.abort(signal));
  }
  const startedAtMs = Date.now();
  const folder = await mkdtemp(join(tmpdir(), 'slipway-demo-'));
  const tools = demoTools(folder, stop.signal);
  let end: 'well' | 'badly' | 'kept' = 'badly';
  try {
    const result = await tellStory(tools, folder);
    const well = broken(result.outcome).length === 0;
    process.stdout.write(
      `\n${renderSummary(result.outcome)}\n  in ${humanDuration(Date.now() - startedAtMs)}\n`,
    );
    end = values.keep ? 'kept' : well ? 'well' : 'badly';
    if (end === 'kept') sayWhereItIs(result, tools.instance, folder);
    return well ? EXIT.ok : EXIT.failed;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    end = 'well';
    process.stderr.write(`\ninterrupted (${stop.signal.reason})\n`);
    return EXIT.detached;
  } finally {
    if (end !== 'kept') await stopAll(tools, folder, end === 'well');
  }
}

/** The logs are kept where something went wrong. */
async function stopAll(tools: ReturnType<typeof demoTools>, folder: string, wipe: boolean): Promise<void> {
  tools.say('Stopping everything');
  await tools.down(wipe);
  if (wipe) await rm(folder, { recursive: true, force: true });
  else process.stderr.write(`logs of all parts: ${join(folder, 'local/logs')}\n`);
}

function sayWhereItIs({ addresses }: DemoResult, instance: readonly string[], folder: string): void {
  const options = instance.join(' ');
  process.stdout.write(`
Still running:
  web           ${addresses.web}
  api           ${addresses.api}/api/fleet
  the rest      bin/slipway.js local status ${options}
  use it        eval "$(bin/slipway.js local env ${options})"
  deploy        cd ${join(folder, 'app')} && ${join(process.cwd(), 'bin/slipway.js')} deploy
  stop it       bin/slipway.js local down --wipe ${options} && rm -r ${folder}
  the engine    script/engine down, if it is Slipway's own
`);
}

try {
  process.exitCode = await demo();
} catch (error) {
  process.exitCode = reportError(error, processTerminal());
}
