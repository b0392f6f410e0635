/** What a delivery is answered: GitHub shows the body beside each delivery, to whoever looks for a release that did not come. */
import type { ContentfulStatusCode } from 'hono/utils/http-status';

export interface StartedHere {
  readonly app: string;
  readonly environment: string;
  readonly workflowId: string;
  /** It ran already: a duplicate, or somebody has started it by hand. */
  readonly attached: boolean;
}

export interface CheckedHere {
  readonly app: string;
  readonly pullRequest: number;
  readonly workflowId: string;
  /** They ran already. */
  readonly attached: boolean;
}

export type AnswerBody =
  | { readonly decision: 'started'; readonly releases: readonly StartedHere[] }
  | { readonly decision: 'started'; readonly checks: readonly CheckedHere[] }
  | { readonly decision: 'pong' }
  | { readonly decision: 'ignored'; readonly reason: string }
  | { readonly error: string };

export interface Answer {
  readonly status: ContentfulStatusCode;
  readonly body: AnswerBody;
}

export const refusal = (status: ContentfulStatusCode, error: string): Answer => ({ status, body: { error } });

export const ignoredAs = (reason: string): Answer => ({ status: 202, body: { decision: 'ignored', reason } });
