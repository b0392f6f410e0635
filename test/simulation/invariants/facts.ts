/** Questions about a run that several invariants ask of its record. */
import type { UpdateServicesInput } from '../../../src/activities/contracts/rollout.ts';
import type { OperatorAction } from '../../../src/release/operator.ts';
import type { Received, Scheduled } from '../history.ts';
import type { Call, RunRecord, ServiceState } from '../record.ts';

/** What is wrong, each in one line; nothing where the invariant holds. */
export type Invariant = (record: RunRecord) => readonly string[];

/** UpdateService calls of ours that were carried out, by this release or by one that was broken off before it. */
export const ourUpdates = ({ calls }: RunRecord, service?: string): readonly Call[] =>
  calls.filter(
    (call) =>
      call.operation === 'UpdateService' &&
      call.by !== null &&
      call.done &&
      (service === undefined || call.service === service),
  );

/** Those of the release that the report is of, but for what it did to repair one that was broken off. */
export const itsUpdates = (record: RunRecord, service?: string): readonly Call[] =>
  ourUpdates(record, service).filter(
    ({ by, startedAtMs }) => by?.workflowId === record.workflowId && startedAtMs >= repairedMs(record),
  );

/** A release has repaired what it found when it opens its own mark. */
const repairedMs = ({ scenario, attempts }: RunRecord): number => {
  if (scenario.brokenOff === null) return 0;
  return attempts.find(({ activity }) => activity === 'openRelease')?.atMs ?? Number.POSITIVE_INFINITY;
};

export const foreignUpdates = ({ calls }: RunRecord, service: string): readonly Call[] =>
  calls.filter((call) => call.by === null && call.service === service);

const namesIn = ({ input }: Call): readonly string[] =>
  (input as { readonly services?: readonly string[] }).services ?? [];

/** When we last asked ECS how the service is, and got an answer. */
export const lastLookMs = ({ calls }: RunRecord, service: string): number =>
  Math.max(
    0,
    ...calls
      .filter(
        (call) =>
          call.operation === 'DescribeServices' && call.outcome === 'ok' && namesIn(call).includes(service),
      )
      .map(({ startedAtMs }) => startedAtMs),
  );

/** A stranger came after our last look: nobody could know. */
export const changedBehindOurBack = (record: RunRecord, service: string): boolean =>
  foreignUpdates(record, service).some(({ endedAtMs }) => endedAtMs >= lastLookMs(record, service));

/** When ECS said last that the deployment had completed; never: Infinity. */
export const completedMs = ({ timeline }: RunRecord, deploymentId: string): number => {
  const said = timeline.filter(({ line }) =>
    line.includes(`(deployment ${deploymentId}) deployment completed`),
  );
  return said.at(-1)?.atMs ?? Number.POSITIVE_INFINITY;
};

/** What the PRIMARY's image stands for. */
export const digestIn = ({ image, latest }: ServiceState): string => image.split('@')[1] ?? latest ?? '';

export const passedHealthSince = ({ probes }: RunRecord, service: string, sinceMs: number): boolean =>
  probes.some((probe) => probe.service === service && probe.good && probe.atMs >= sinceMs);

/** Scheduled activities that bring the new version. */
export const forwardSteps = ({ history, requested }: RunRecord): readonly Scheduled[] =>
  history.scheduled.filter(({ activity, input }) => {
    switch (activity) {
      case 'updateServices':
        return (input as UpdateServicesInput).allOrNothing;
      case 'runMigration':
        return (input as { readonly mayStart?: boolean }).mayStart !== false;
      case 'moveLatest': {
        const { images } = input as { readonly images: readonly { image: string; digest: string }[] };
        return images.some(({ image, digest }) => requested[image] === digest);
      }
      default:
        return false;
    }
  });

/** Scheduled activities that put services back, but for the repair of a release that was broken off. */
export const backwardSteps = ({ history, scenario }: RunRecord): readonly Scheduled[] => {
  const opened = history.scheduled.find(({ activity }) => activity === 'openRelease');
  const repairs = scenario.brokenOff === null ? 0 : (opened?.eventId ?? Number.POSITIVE_INFINITY);
  return history.scheduled.filter(
    ({ activity, input, eventId }) =>
      activity === 'updateServices' && !(input as UpdateServicesInput).allOrNothing && eventId > repairs,
  );
};

/** Messages that the release has accepted, where they came in; a cancellation is one, too. */
export const acceptedMessages = (
  { history, report }: RunRecord,
  actions: readonly (OperatorAction | 'cancel')[],
): readonly Received[] =>
  history.received.filter((message, index) => {
    const { kind, name } = message;
    if (!(actions as readonly string[]).includes(name)) return false;
    if (kind === 'cancel') return true;
    const id = idOf(message);
    const answers = (report?.operators ?? []).filter(({ reason }) => reason === id);
    if (!answers.some(({ accepted }) => accepted)) return false;
    // What was accepted and is said again has no other effect.
    const first = history.received.findIndex((each) => each.name === name && idOf(each) === id);
    return index === first || answers.some(({ accepted }) => !accepted);
  });

const idOf = ({ note }: Received): string | undefined => ((note ?? {}) as { readonly id?: string }).id;
