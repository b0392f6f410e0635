/** What Temporal's UI says of each message where it offers to send it, and `temporal workflow metadata` where it lists it. */
import type { OperatorAction } from '../../release/operator.ts';

const NOTE = 'Input, if any: {"reason":"…","who":"…"}, or the reason as a text.';

export const ACTION_DESCRIPTIONS: Readonly<Record<OperatorAction, string>> = {
  pause: `Stands still before the next change, until resume or for {"forMs": 600000}. ${NOTE}`,
  resume: `Goes on after a pause. ${NOTE}`,
  rollback: `After the first change: every service that was touched goes back. ${NOTE}`,
  abort: `Ends the release; what it has touched goes back. ${NOTE}`,
  approve: `Lets it go on where the environment asks for an approval. ${NOTE}`,
  deny: `Ends it where the environment asks for an approval. ${NOTE}`,
  retry: `While the rollback is stuck: tries again at once. ${NOTE}`,
  skip: 'While the rollback is stuck: leaves a service as it is. Input: {"service":"api"}, or its name as a text.',
  'give-up': `While the rollback is stuck: leaves all that is stuck as it is. ${NOTE}`,
};

export const STATUS_DESCRIPTION = 'How the release stands: phase, steps, services, what it waits for.';

export const REPORT_DESCRIPTION = 'The report so far; once the release has ended, its report.';

export const TURN_DESCRIPTION = 'From the environment to the release; not for people.';

export const ENVIRONMENT_DESCRIPTIONS = {
  status: 'Who has the turn, who waits, the freeze, what serves, and the last releases.',
  foresee: 'What would become of a release that came now; for `slipway plan`.',
  arrival: 'From a release that comes; not for people.',
  attendance: 'From control, of the release that has the turn; not for people.',
  freeze:
    'Lets no release but rollbacks in. Input: {"reason":"black friday","who":"ada","until":"2026-11-30T08:00Z"}, or the reason as a text.',
  unfreeze: 'Ends a freeze.',
} as const;
