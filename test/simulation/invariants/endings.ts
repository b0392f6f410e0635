/** Invariants 7 and 8: what the history may hold, and that a release never stands still without a word. */
import type { Invariant } from './facts.ts';

/** The largest history that a scenario has any reason for; Temporal itself warns at 10 240. */
const MOST_EVENTS = 1_500;
/** Temporal warns at 256 KiB and refuses 2 MiB. */
const LARGEST_PAYLOAD_BYTES = 64 * 1024;

/** Of the kinds that no report has a reason to show: AWS keys, private keys, passwords in URLs. */
const SECRET_LOOKING = [
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@"\\]+:(?!\*\*\*)[^\s:/@"\\]+@/i,
];

export const nothingLeaks: Invariant = ({ history, secrets }) => {
  const { text, events, largestPayloadBytes } = history;
  const leaked = secrets.filter((secret) => text.includes(secret));
  const suspicious = SECRET_LOOKING.flatMap((pattern) => text.match(pattern)?.[0] ?? []);
  return [
    ...[...leaked, ...suspicious].map((secret) => `the history has ${secret}`),
    ...(events >= MOST_EVENTS ? [`the history has ${events} events`] : []),
    ...(largestPayloadBytes >= LARGEST_PAYLOAD_BYTES ? [`a payload has ${largestPayloadBytes} bytes`] : []),
  ];
};

export const endsOrSaysWhy: Invariant = ({ ending, report }) => {
  if (ending.kind === 'hung') return [`it stands still and does not say why: ${ending.status}`];
  if (ending.kind === 'waiting' && ending.reason.trim() === '') return ['it waits for no reason'];
  return ending.kind === 'ended' && report === null ? ['it ended without a report'] : [];
};
