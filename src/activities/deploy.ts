/** The deploy pool's activities, put together. */
import { createCheckHealth } from './check-health.ts';
import { createCompareServices } from './compare-services.ts';
import type { DeployActivities } from './contracts/deploy.ts';
import { createCopyImage } from './copy-image.ts';
import type { DeployPorts } from './deploy-ports.ts';
import { createDeregisterUnused } from './deregister-unused.ts';
import { createDescribeServing } from './describe-serving.ts';
import { type HealthProbe, probeHealth } from './health-probe.ts';
import { createInspect } from './inspect.ts';
import { createMoveLatest } from './move-latest.ts';
import { createPrepareRollout } from './prepare-rollout.ts';
import { createPreview } from './preview.ts';
import { createRunMigration } from './run-migration.ts';
import { createTagKept } from './tag-kept.ts';
import { createUpdateServices } from './update-services.ts';
import { createWaitUntilStable } from './wait-until-stable.ts';
import { createWatchBake } from './watch-bake.ts';
import { whileHeld } from './while-held.ts';

export const createDeployActivities = (
  ports: DeployPorts & { readonly probe?: HealthProbe },
): DeployActivities => ({
  inspect: createInspect(ports),
  preview: createPreview(ports),
  copyImage: createCopyImage(ports),
  prepareRollout: (input) => createPrepareRollout(whileHeld(ports, input.turn))(input),
  runMigration: (input) => createRunMigration(whileHeld(ports, input.turn))(input),
  updateServices: (input) => createUpdateServices(whileHeld(ports, input.turn))(input),
  waitUntilStable: createWaitUntilStable(ports),
  checkHealth: createCheckHealth({ ...ports, probe: ports.probe ?? probeHealth }),
  watchBake: createWatchBake(ports),
  compareServices: createCompareServices(ports),
  describeServing: createDescribeServing(ports),
  moveLatest: (input) => createMoveLatest(whileHeld(ports, input.turn))(input),
  tagKept: (input) => createTagKept(whileHeld(ports, input.turn))(input),
  deregisterUnused: (input) => createDeregisterUnused(whileHeld(ports, input.turn))(input),
});
