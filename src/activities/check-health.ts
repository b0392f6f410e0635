/** Asks each service of a wave for its health until the truth table has an answer for all, or (if that decides) one is unhealthy. */
import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import {
  addAskedTime,
  addSample,
  type HealthAnswer,
  type HealthTally,
  longestGapMs,
  NO_SAMPLES,
  readHealth,
} from '../release/judging/health.ts';
import type { DeployActivities } from './contracts/deploy.ts';
import type { CheckHealthInput, HealthResult } from './contracts/rollout.ts';
import type { DeployPorts } from './deploy-ports.ts';
import type { HealthProbe } from './health-probe.ts';
import { whileBeating } from './while-beating.ts';

type Target = CheckHealthInput['targets'][number];

interface Asked {
  readonly tally: HealthTally;
  readonly answer: HealthAnswer;
  /** Time in which it was really asked: a worker that was away has asked nothing. */
  readonly askedMs: number;
  readonly lastAtMs: number;
  readonly nextAtMs: number;
}

/** Heartbeat details: live progress for people, and the tallies, so that a worker that dies loses no answer. */
export interface HealthProgress {
  /** As src/cli/render/heartbeat-text.ts reads it: `api asking: 2/3 good in a row`. */
  readonly services: Readonly<Record<string, { readonly phase: string; readonly detail: string }>>;
  readonly asked: Readonly<Record<string, Asked>>;
}

type HealthPorts = Pick<DeployPorts, 'now' | 'sleep'> & { readonly probe: HealthProbe };

export const createCheckHealth =
  (ports: HealthPorts): DeployActivities['checkHealth'] =>
  async ({ targets, decideAll }: CheckHealthInput): Promise<HealthResult> => {
    const before = activityInfo().heartbeatDetails as HealthProgress | undefined;
    const asked = new Map(Object.entries(before?.asked ?? {}));
    const beat = (): void => heartbeat(progressOf(targets, asked));
    // They are asked together, so each may have to wait for the slowest.
    const gapLimitMs = Math.max(0, ...targets.map(({ health }) => longestGapMs(health)));
    for (;;) {
      const due = targets.filter(({ name }) => isDue(asked.get(name), ports.now()));
      await whileBeating(beat, () =>
        Promise.all(
          due.map(async (target) => {
            asked.set(target.name, await ask(ports, target, asked.get(target.name), gapLimitMs));
          }),
        ),
      );
      const failures = targets.flatMap(({ name }) => failureIn(name, asked.get(name)));
      const open = [...asked.values()].filter(({ answer }) => answer.state === 'open');
      // One that is unhealthy decides the release: waiting for the others would only delay the rollback.
      if (open.length === 0 || (failures.length > 0 && !decideAll)) return { failures };
      const nextAtMs = Math.min(...open.map((one) => one.nextAtMs));
      await whileBeating(beat, () => ports.sleep(Math.max(nextAtMs - ports.now(), 0)));
    }
  };

const isDue = (asked: Asked | undefined, nowMs: number): boolean =>
  asked === undefined || (asked.answer.state === 'open' && asked.nextAtMs <= nowMs);

const ask = async (
  ports: HealthPorts,
  { health, commit }: Target,
  before: Partial<Asked> | undefined,
  gapLimitMs: number,
): Promise<Asked> => {
  // A worker of an older version may have left details without the times.
  const { askedMs: askedBeforeMs = 0, lastAtMs: beforeMs = ports.now() } = before ?? {};
  const sample = await ports.probe(health, commit, cancellationSignal());
  const tally = addSample(before?.tally ?? NO_SAMPLES, sample);
  const lastAtMs = ports.now();
  const askedMs = addAskedTime(askedBeforeMs, lastAtMs - beforeMs, health, gapLimitMs);
  const answer = readHealth(tally, health, askedMs);
  return { tally, answer, askedMs, lastAtMs, nextAtMs: lastAtMs + health.intervalMs };
};

const failureIn = (name: string, asked: Asked | undefined): HealthResult['failures'] =>
  asked?.answer.state === 'unhealthy'
    ? [{ name, summary: asked.answer.summary, evidence: asked.tally.complaints }]
    : [];

const phaseOf = (asked: Asked | undefined): string =>
  asked === undefined || asked.answer.state === 'open' ? 'asking' : asked.answer.state;

const progressOf = (targets: readonly Target[], asked: ReadonlyMap<string, Asked>): HealthProgress => ({
  services: Object.fromEntries(
    targets.map(({ name, health }) => [
      name,
      {
        phase: phaseOf(asked.get(name)),
        detail: `${asked.get(name)?.tally.consecutiveGood ?? 0}/${health.successes} good in a row`,
      },
    ]),
  ),
  asked: Object.fromEntries(asked),
});
