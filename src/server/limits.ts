/** What one process takes on at a time, and how long it waits. */
export interface Limits {
  /** GitHub sends at most 25 MB, and of a push to a branch far less. */
  readonly bodyBytes: number;
  /** Of all bodies that are being read, together. */
  readonly bodiesBytes: number;
  readonly bodyMs: number;
  readonly headersMs: number;
  readonly connections: number;
  readonly requests: number;
  /** Starts at Temporal at a time. */
  readonly starts: number;
  /** Until Temporal has been connected to, and until it has answered. */
  readonly temporalMs: number;
  /** From the end of the body to the answer: GitHub waits for ten seconds in all. */
  readonly answerMs: number;
  /** For what is being answered when we are told to stop. */
  readonly stopMs: number;
}

const MB = 1_000_000;

export const LIMITS: Limits = {
  bodyBytes: 5 * MB,
  bodiesBytes: 64 * MB,
  bodyMs: 10_000,
  headersMs: 5_000,
  connections: 512,
  requests: 256,
  starts: 32,
  temporalMs: 3_000,
  answerMs: 6_000,
  stopMs: 10_000,
};
