/**
 * The names under which a release can be asked and told things. Every operator action exists twice: as a signal
 * (Temporal's UI and CLI; never answered) and as an update of the same name (refused at once by its validator).
 * Both carry an OperatorNote (src/release/operator.ts), which may be left out.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { ChecksStatus } from '../../release/checks.ts';
import { PICTURE_SIGNAL, REPORT_QUERY, STATUS_QUERY } from '../../release/names.ts';
import { OPERATOR_ACTIONS } from '../../release/operator.ts';
import type { ReleaseStatus, ReportSoFar } from '../../release/verdict.ts';

/** To the `notify` workflow. */
export const pictureSignal = defineSignal<[unknown]>(PICTURE_SIGNAL);

export const statusQuery = defineQuery<ReleaseStatus>(STATUS_QUERY);
export const reportQuery = defineQuery<ReportSoFar>(REPORT_QUERY);

/** Of the `checks` workflow: the same name, another answer. */
export const checksStatusQuery = defineQuery<ChecksStatus>(STATUS_QUERY);

/** Input is `unknown`: Temporal's UI and CLI accept any JSON. */
export const operatorMessages = OPERATOR_ACTIONS.map((action) => ({
  action,
  signal: defineSignal<[unknown?]>(action),
  update: defineUpdate<string, [unknown?]>(action),
}));
