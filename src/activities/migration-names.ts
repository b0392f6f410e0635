/** What names a release's migration in ECS: the same at each retry, so that it is found again and never run twice. */
import { createHash } from 'node:crypto';

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** 64 characters, the most that RunTask takes. `placement` counts the tries that found no room: nothing ran then. */
export const migrationToken = (releaseId: string, placement: number): string =>
  hashOf(`${releaseId} migrate ${placement}`);

const LONGEST_STARTED_BY = 128;

/** As people see it in ECS: `slipway-migrate/deploy/shop/production/<sha>…/<hash>`, of the characters that ECS takes. */
export const migrationStartedBy = (releaseId: string): string => {
  const tail = `/${hashOf(releaseId).slice(0, 16)}`;
  const readable = `slipway-migrate/${releaseId.replaceAll(/[^A-Za-z0-9_/-]/g, '-')}`;
  return readable.slice(0, LONGEST_STARTED_BY - tail.length) + tail;
};
