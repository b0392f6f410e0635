/**
 * What a release has brought, kept for as long as the environment: enough to bring it again from what is registered
 * and pushed already, without its commit, its tests or a build.
 */
import type { ImageDigest, Plan, ReleaseSpec } from '../plan.ts';
import { whereaboutsOf } from '../whereabouts.ts';
import type { RecordedService } from './drift.ts';

export interface ReleaseRecord {
  readonly number: number;
  /** `<workflow id>/<first run id>`. */
  readonly releaseId: string;
  readonly plan: Plan;
  readonly images: readonly ImageDigest[];
  /** Name of the service in `slipway.yaml` → ARN. */
  readonly taskDefinitions: Readonly<Record<string, string>>;
}

/** As that release has left them. */
export const recordedServices = ({ plan, taskDefinitions }: ReleaseRecord): readonly RecordedService[] =>
  plan.services.flatMap(({ name, service }) => {
    const taskDefinition = taskDefinitions[name];
    return taskDefinition === undefined ? [] : [{ name, service, taskDefinition }];
  });

/** To be inspected as the spec of a commit is: each service gets the very task definition that it had then. */
export const specToGoBack = ({ plan, taskDefinitions }: ReleaseRecord): ReleaseSpec => {
  const { app, environment, commit, source, images, waves, timing, keep } = plan;
  return {
    app,
    environment,
    ...whereaboutsOf(plan),
    commit,
    source,
    checks: [],
    images,
    services: plan.services.flatMap(({ name, service, containers, health }) => {
      const taskDefinition = taskDefinitions[name];
      return taskDefinition === undefined
        ? []
        : [{ name, service, containers, taskDefinition, ...(health && { health }) }];
    }),
    waves,
    timing,
    ...(keep && { keep }),
  };
};
