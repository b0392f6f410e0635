/** The control pool's activities, put together. */
import type { ControlActivities } from './contracts/control.ts';
import type { ReconcileActivities } from './contracts/reconcile.ts';
import { createEnvironmentActivities, type EnvironmentPorts } from './environment.ts';
import { findVerification } from './find-verification.ts';
import { createReconcileActivities, type ReconcilePorts } from './look-for-missed.ts';
import { createRecallGoodReleases } from './recall-good-releases.ts';
import { createRecallReferences } from './recall-references.ts';
import { createRecallRelease, createRecallServices, type RecallPorts } from './recall-release.ts';
import { createMarkActivities } from './release-marks.ts';
import { createSourceActivities, repositoryFor, type SourcePorts } from './source.ts';

export type ControlPorts = SourcePorts &
  EnvironmentPorts &
  Pick<RecallPorts, 'askEnvironment'> &
  Pick<ReconcilePorts, 'isKnownInTemporal'>;

export const createControlActivities = (ports: ControlPorts): ControlActivities & ReconcileActivities => {
  const environment = createEnvironmentActivities(ports);
  const appNamed = (app: string | undefined): string => repositoryFor(ports.repositories, app)[0];
  return {
    ...createSourceActivities(ports),
    ...environment,
    ...createMarkActivities(ports),
    ...createReconcileActivities(ports),
    recallServices: createRecallServices(ports),
    recallRelease: createRecallRelease({ ...ports, ...environment, appNamed }),
    recallGoodReleases: createRecallGoodReleases(ports),
    recallVerification: ({ sha, ...place }) => findVerification(ports.store, place, sha),
    recallReferences: createRecallReferences({ ...ports, ...environment, appNamed }),
  };
};
