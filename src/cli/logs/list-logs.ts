/** `slipway logs` without a step or a service: which logs a release has. */
import { askForLog, type ReleaseClient } from '../../client/index.ts';
import type { LogsOptions } from '../commands/logs.ts';
import { environmentCommand } from '../render/command.ts';
import { renderOverview } from '../render/logs.ts';
import { jsonText } from '../render/sanitize.ts';
import type { Terminal } from '../terminal.ts';
import type { LogSource } from './log-source.ts';
import { stepsWithLog } from './log-target.ts';

export async function listLogs(
  client: ReleaseClient,
  { known, owner }: LogSource,
  { output }: LogsOptions,
  terminal: Terminal,
): Promise<void> {
  const { app, environment, services } = known;
  const steps = stepsWithLog(known.steps);
  const { logs } = await askForLog<'steps'>(client, known, {
    kind: 'steps',
    ...owner,
    steps: steps.map(({ id, logKey = null }) => ({ step: id, logKey })),
  });
  const sizes = new Map(logs.map(({ step, bytes }) => [step, bytes]));
  const overview = {
    app,
    environment,
    workflowId: owner.workflowId,
    steps: steps.map((step) => ({ step, bytes: sizes.get(step.id) ?? null })),
    services: services.map(({ name, service }) => ({ name, service })),
  };
  if (output !== 'text') {
    const found = overview.steps.map(({ step: { id, state }, bytes }) => ({ id, state, bytes }));
    return terminal.result(jsonText({ ...overview, steps: found }));
  }
  const first = overview.steps.find(({ bytes }) => bytes !== null)?.step.id ?? services[0]?.name;
  const style = terminal.resultStyle;
  const example = first && environmentCommand('logs', known, style, { rest: [first] });
  terminal.result(renderOverview(overview, { end: known.end, example }, style));
}
