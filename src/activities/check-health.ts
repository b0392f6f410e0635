/** Asks each service of a wave for its health until the truth table has an answer. */
import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { addSample, type HealthTally, NO_SAMPLES, readHealth } from '../release/health.ts';
import type { CheckHealthInput, DeployActivities, HealthResult } from './contract.ts';
import type { DeployPorts } from './deploy-ports.ts';
import type { HealthProbe } from './health-probe.ts';

type Target = CheckHealthInput['targets'][number];

/** Live progress, as the CLI reads it from the pending activity: service → `2/3 good in a row`. */
export type HealthProgress = Record<string, string>;

export const createCheckHealth =
  (
    ports: Pick<DeployPorts, 'now' | 'sleep'> & { readonly probe: HealthProbe },
  ): DeployActivities['checkHealth'] =>
  async ({ targets }: CheckHealthInput): Promise<HealthResult> => {
    const progress: HealthProgress = {};
    const answers = await Promise.all(targets.map((target) => askUntilKnown(ports, target, progress)));
    return { failures: answers.filter((answer) => answer !== null) };
  };

const askUntilKnown = async (
  ports: Pick<DeployPorts, 'now' | 'sleep'> & { readonly probe: HealthProbe },
  { name, health, commit }: Target,
  progress: HealthProgress,
): Promise<HealthResult['failures'][number] | null> => {
  const startedAtMs = ports.now();
  let tally: HealthTally = NO_SAMPLES;
  for (;;) {
    tally = addSample(tally, await ports.probe(health, commit, cancellationSignal()));
    progress[name] = `${tally.consecutiveGood}/${health.successes} good in a row`;
    heartbeat({ ...progress });
    const answer = readHealth(tally, health, ports.now() - startedAtMs);
    if (answer.state === 'healthy') return null;
    if (answer.state === 'unhealthy') return { name, summary: answer.summary, evidence: tally.complaints };
    await ports.sleep(health.intervalMs);
  }
};
