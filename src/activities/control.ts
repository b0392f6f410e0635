/** The control pool's activities, put together. */
import { type AwaitEndPorts, createAwaitEnd } from './await-end.ts';
import { createCheckSource } from './check-source.ts';
import type { CheckSourceActivities } from './contracts/checks.ts';
import type { ControlActivities } from './contracts/control.ts';
import type { GitHubActivities } from './contracts/github.ts';
import { createEnvironmentActivities, type EnvironmentPorts } from './environment.ts';
import { findVerification } from './find-verification.ts';
import { gitHubPlaceOf } from './github-place.ts';
import { createRecallGoodReleases } from './recall-good-releases.ts';
import { createRecallReferences } from './recall-references.ts';
import { createRecallRelease, createRecallServices, type RecallPorts } from './recall-release.ts';
import { createMarkActivities } from './release-marks.ts';
import { createSourceActivities, repositoryFor, type SourcePorts } from './source.ts';
import { createTellGitHub, type TellGitHubPorts } from './tell-github.ts';

export type ControlPorts = SourcePorts &
  EnvironmentPorts &
  Pick<RecallPorts, 'askEnvironment'> &
  TellGitHubPorts &
  Pick<AwaitEndPorts, 'runEnd'>;

export const createControlActivities = (
  ports: ControlPorts,
): ControlActivities & GitHubActivities & CheckSourceActivities => {
  const environment = createEnvironmentActivities(ports);
  const appNamed = (app: string | undefined): string => repositoryFor(ports.repositories, app)[0];
  return {
    ...createSourceActivities(ports),
    ...environment,
    ...createMarkActivities(ports),
    recallServices: createRecallServices(ports),
    async recallRelease(input) {
      const recalled = await createRecallRelease({ ...ports, ...environment, appNamed })(input);
      const github = gitHubPlaceOf(ports, recalled.spec.app, recalled.spec.environment);
      return { ...recalled, ...(github && { github }) };
    },
    recallGoodReleases: createRecallGoodReleases(ports),
    recallVerification: ({ sha, ...place }) => findVerification(ports.store, place, sha),
    ...createCheckSource(ports),
    tellGitHub: createTellGitHub(ports),
    awaitEnd: createAwaitEnd(ports),
    recallReferences: createRecallReferences({ ...ports, ...environment, appNamed }),
  };
};
