// What every operation works with.
import type { Alarms } from '../cloudwatch/alarms.ts';
import type { ServiceConnect } from '../elb/service-connect.ts';
import type { TargetGroups } from '../elb/target-groups.ts';
import type { Place } from './ids.ts';
import type { InstanceSize } from './placement/container-instances.ts';
import type { Placer } from './placement/placement.ts';
import type { Controller } from './services/controller.ts';
import type { EcsStore } from './store.ts';
import type { Tasks } from './tasks/tasks.ts';

export interface EcsContext {
  readonly place: Place;
  readonly store: EcsStore;
  readonly controller: Controller;
  readonly tasks: Tasks;
  readonly targetGroups: TargetGroups;
  readonly serviceConnect: ServiceConnect;
  readonly placer: Placer;
  readonly alarms: Alarms;
  readonly instanceSizes: readonly InstanceSize[];
}
