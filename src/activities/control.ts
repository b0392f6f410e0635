/** The control pool's activities, put together. */
import type { ControlActivities } from './control-contract.ts';
import { createEnvironmentActivities, type EnvironmentPorts } from './environment.ts';
import { createRecallRelease, createRecallServices, type RecallPorts } from './recall-release.ts';
import { createMarkActivities } from './release-marks.ts';
import { createSourceActivities, repositoryFor, type SourcePorts } from './source.ts';

export type ControlPorts = SourcePorts & EnvironmentPorts & Pick<RecallPorts, 'askEnvironment'>;

export const createControlActivities = (ports: ControlPorts): ControlActivities => {
  const environment = createEnvironmentActivities(ports);
  return {
    ...createSourceActivities(ports),
    ...environment,
    ...createMarkActivities(ports),
    recallServices: createRecallServices(ports),
    recallRelease: createRecallRelease({
      ...ports,
      ...environment,
      appNamed: (app) => repositoryFor(ports.repositories, app)[0],
    }),
  };
};
