/**
 * What an environment's section says about who may change it and when. It counts as the tip of the protected branch
 * says it (src/activities/tip-policy.ts).
 */
import {
  type RecurringFreeze,
  WEEKDAYS,
  type Weekday,
  type WeekTime,
} from '../release/environment/calendar.ts';
import type { QueuePolicy } from '../release/environment/state.ts';
import type { ApprovalPlan } from '../release/plan.ts';
import type { Whereabouts } from '../release/whereabouts.ts';
import type { EnvironmentSection } from './schema.ts';

/** The environment that verifies a commit first. */
export interface PromotionRule {
  readonly from: string;
  /** A commit that it has not verified is refused. */
  readonly required: boolean;
}

export interface Policy {
  /** Who changes another cluster, or changes it as somebody else, gets around what is asked for here. */
  readonly where: Whereabouts;
  readonly promote: PromotionRule | null;
  readonly approval: ApprovalPlan | null;
  readonly queue: QueuePolicy;
  readonly freezes: readonly RecurringFreeze[];
}

export const policyOf = ({
  cluster,
  deployQueue,
  promote,
  approval,
  queue,
  freezes,
}: EnvironmentSection): Policy => ({
  where: { cluster, ...(deployQueue !== undefined && { deployQueue }) },
  promote: promote ?? null,
  approval: approval ? { deadlineMs: approval.deadline } : null,
  queue,
  freezes: freezes.flatMap(recurring),
});

const recurring = ({
  name,
  zone,
  from,
  until,
  days,
}: EnvironmentSection['freezes'][number]): readonly RecurringFreeze[] => {
  const [start, end] = [readClock(from), readClock(until)];
  if (start.day !== null && end.day !== null) {
    return [{ name, zone, from: { ...start, day: start.day }, until: { ...end, day: end.day } }];
  }
  const isNextDay = end.minute <= start.minute;
  return (days ?? WEEKDAYS).map((weekday) => {
    const day = WEEKDAYS.indexOf(weekday);
    const endDay = (isNextDay ? day + 1 : day) % WEEKDAYS.length;
    return { name, zone, from: { ...start, day }, until: { ...end, day: endDay } };
  });
};

/** `fri 16:00` or `16:00`, as the schema has checked. */
const readClock = (text: string): { readonly day: number | null; readonly minute: WeekTime['minute'] } => {
  const [time = '', weekday] = text.split(' ').toReversed();
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  const day = WEEKDAYS.indexOf((weekday ?? '') as Weekday);
  return { day: day < 0 ? null : day, minute: hours * 60 + minutes };
};
