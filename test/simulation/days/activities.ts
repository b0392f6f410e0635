/**
 * The pools of a day: everything around the turn, the marks and the ledger is the real thing over a real store, and so
 * are the deploy activities over the simulated cloud.
 */
import { sleep } from '@temporalio/activity';
import { createDeployActivities } from '../../../src/activities/deploy.ts';
import { createEnvironmentActivities } from '../../../src/activities/environment.ts';
import { askInTemporal, createRecallRelease } from '../../../src/activities/recall-release.ts';
import { endInTemporal } from '../../../src/activities/release-end.ts';
import { fateInTemporal } from '../../../src/activities/release-fate.ts';
import { createMarkActivities } from '../../../src/activities/release-marks.ts';
import { recordsIn } from '../../../src/activities/release-records.ts';
import { turnsIn } from '../../../src/activities/turns.ts';
import { ConfigurationError } from '../../../src/errors.ts';
import { commitOrder } from '../../../src/release/environment/commit-order.ts';
import type { Store } from '../../../src/store/store.ts';
import { type AllActivities, createActivities, createPorts, createProbe } from '../activities.ts';
import type { SimulatedCloud } from '../cloud/simulated-cloud.ts';
import { specOf } from '../spec.ts';
import { commitOf, digestIn } from './commits.ts';
import { type Day, type DayRelease, scenarioFor } from './day.ts';

export interface DayParts {
  readonly day: Day;
  readonly app: string;
  readonly cloud: SimulatedCloud;
  readonly store: Store;
  readonly bySha: ReadonlyMap<string, DayRelease>;
  /** False: nobody looks whether it still has the turn. */
  readonly fenced: boolean;
}

export const createDayActivities = ({ day, app, cloud, store, bySha, fenced }: DayParts): AllActivities => {
  const scenario = scenarioFor(day);
  const environment = createEnvironmentActivities({ store, fateOf: fateInTemporal, endOf: endInTemporal });
  const releaseOf = (sha: string): DayRelease => {
    const release = bySha.get(sha);
    if (!release) throw new ConfigurationError(`there is no commit ${sha}`);
    return release;
  };
  const lineOf = (sha: string) => {
    const { brings } = releaseOf(sha);
    return commitOf(brings ?? { place: 0, branch: 0 });
  };
  return {
    ...createActivities(scenario, cloud, { probes: [], marks: new Map(), kept: [] }),
    ...createDeployActivities({
      ...createPorts(scenario, cloud),
      turns: fenced ? turnsIn(store) : { check: async () => {} },
      records: recordsIn(store),
      probe: createProbe(cloud, []),
    }),
    ...environment,
    ...createMarkActivities({ store, fateOf: fateInTemporal }),
    recallRelease: createRecallRelease({
      store,
      ...environment,
      askEnvironment: askInTemporal,
      appNamed: (name) => name ?? app,
    }),
    async readSource({ sha }) {
      const line = lineOf(sha);
      const spec = specOf(scenario);
      return {
        spec: { ...spec, app, commit: { ...spec.commit, sha, subject: line.subject } },
        ancestors: line.ancestors,
        rules: { policy: day.policy, freezes: [] },
      };
    },
    async compareCommits({ sha, serving }) {
      return commitOrder(lineOf(sha), lineOf(serving));
    },
    async buildImage({ image, commit }) {
      await sleep(releaseOf(commit.sha).buildMs);
      return {
        kind: 'built',
        pushQueue: 'slipway-checks',
        localReference: image.name,
        logKey: `build/${image.name}`,
        emulated: false,
      };
    },
    async pushImage({ image, commit }) {
      return { digest: digestIn(image.name, commit.sha), logKey: `push/${image.name}` };
    },
  };
};
