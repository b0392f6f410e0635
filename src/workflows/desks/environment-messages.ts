/**
 * What an environment can be asked and told. Freezing exists twice, as the operators' messages of a release do: as a
 * signal for Temporal's UI and CLI, and as an update that is answered.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Foresight } from '../../release/environment/foresight.ts';
import type { Letter } from '../../release/environment/queue.ts';
import type { EnvironmentStatus } from '../../release/environment/status.ts';
import {
  ARRIVAL_SIGNAL,
  ATTENDANCE_SIGNAL,
  FORESEE_QUERY,
  STATUS_QUERY,
  TURN_SIGNAL,
} from '../../release/names.ts';

export const environmentStatusQuery = defineQuery<EnvironmentStatus>(STATUS_QUERY);

/** Null: it has not been told yet what was before it. */
export const foreseeQuery = defineQuery<Foresight | null, [unknown, number]>(FORESEE_QUERY);

/** Input is `unknown`: Temporal's UI and CLI accept any JSON. */
export const arrivalSignal = defineSignal<[unknown]>(ARRIVAL_SIGNAL);
export const attendanceSignal = defineSignal<[unknown]>(ATTENDANCE_SIGNAL);
export const freezeSignal = defineSignal<[unknown?]>('freeze');
export const freezeUpdate = defineUpdate<string, [unknown?]>('freeze');
export const unfreezeSignal = defineSignal('unfreeze');
export const unfreezeUpdate = defineUpdate<string>('unfreeze');

/** To a release. It names the release that it is for: another one may have the same workflow id by now. */
export const turnSignal = defineSignal<[Letter]>(TURN_SIGNAL);
