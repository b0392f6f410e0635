/** The control pool's activities, put together. */
import type { Indexing } from '../release/search-attributes.ts';
import { type AwaitEndPorts, createAwaitEnd } from './await-end.ts';
import { createCheckSource } from './check-source.ts';
import type { CheckSourceActivities } from './contracts/checks.ts';
import type { ControlActivities } from './contracts/control.ts';
import type { GitHubActivities } from './contracts/github.ts';
import type { ReconcileActivities, ReconcilePullsActivities } from './contracts/reconcile.ts';
import { createEnvironmentActivities, type EnvironmentPorts } from './environment.ts';
import { findVerification } from './find-verification.ts';
import { gitHubPlaceOf } from './github-place.ts';
import { createReconcileActivities, type ReconcilePorts } from './look-for-missed.ts';
import { createReconcilePulls } from './look-for-missed-pulls.ts';
import { createRecallGoodReleases } from './recall-good-releases.ts';
import { createRecallReferences } from './recall-references.ts';
import { createRecallRelease, createRecallServices, type RecallPorts } from './recall-release.ts';
import { createMarkActivities } from './release-marks.ts';
import { createSourceActivities, repositoryFor, type SourcePorts } from './source.ts';
import { createTellGitHub, type TellGitHubPorts } from './tell-github.ts';

export interface IndexPorts {
  /** Whether Temporal knows our search attributes at this moment. Default: nobody can say. */
  readonly areIndexed?: () => Promise<boolean>;
}

export type ControlPorts = SourcePorts &
  EnvironmentPorts &
  Pick<RecallPorts, 'askEnvironment'> &
  TellGitHubPorts &
  Pick<AwaitEndPorts, 'runEnd'> &
  Pick<ReconcilePorts, 'isKnownInTemporal'> &
  IndexPorts;

export const createControlActivities = (
  ports: ControlPorts,
): ControlActivities &
  GitHubActivities &
  CheckSourceActivities &
  ReconcileActivities &
  ReconcilePullsActivities => {
  const environment = createEnvironmentActivities(ports);
  const appNamed = (app: string | undefined): string => repositoryFor(ports.repositories, app)[0];
  const source = createSourceActivities(ports);
  const marks = createMarkActivities(ports);
  const recallRelease = createRecallRelease({ ...ports, ...environment, appNamed });
  const indexing = async (): Promise<Indexing> => {
    const seenAtMs = Date.now();
    return (await ports.areIndexed?.()) ? { indexed: true, seenAtMs } : {};
  };
  return {
    ...source,
    ...environment,
    ...marks,
    // Looked at last, so that it is as fresh as can be when the workflow hears of it.
    readSource: async (input) => ({ ...(await source.readSource(input)), ...(await indexing()) }),
    async recallRelease(input) {
      const recalled = await recallRelease(input);
      const github = gitHubPlaceOf(ports, recalled.spec.app, recalled.spec.environment);
      return { ...recalled, ...(github && { github }), ...(await indexing()) };
    },
    async closeRelease(input) {
      // Beside it: a Temporal that does not say must not make the store look slow, whose time here is short.
      const [indexed] = await Promise.all([indexing(), marks.closeRelease(input)]);
      return indexed;
    },
    ...createReconcileActivities(ports),
    ...createReconcilePulls(ports),
    recallServices: createRecallServices(ports),
    recallGoodReleases: createRecallGoodReleases(ports),
    recallVerification: ({ sha, ...place }) => findVerification(ports.store, place, sha),
    ...createCheckSource(ports),
    tellGitHub: createTellGitHub(ports),
    awaitEnd: createAwaitEnd(ports),
    recallReferences: createRecallReferences({ ...ports, ...environment, appNamed }),
  };
};
