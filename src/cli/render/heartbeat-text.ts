/**
 * What a running activity last said of itself, as text. Its shape is the activity's own business and may be of
 * another version, so everything is read with care.
 */
import type { PendingActivity } from '../../client/watch-release.ts';
import { isFields } from '../../release/fields.ts';
import { progressIn } from './live/bar.ts';
import { oneLine } from './sanitize.ts';

/** `{services: {api: {phase, detail}}}`, as the wait for stability tells it: name → one line. */
export function serviceProgress({ heartbeat }: PendingActivity): ReadonlyMap<string, string> {
  const services = isFields(heartbeat) && isFields(heartbeat.services) ? heartbeat.services : {};
  return new Map(
    Object.entries(services).flatMap(([name, progress]) => {
      if (!isFields(progress)) return [];
      const text = [progress.phase, progress.detail].filter(
        (part) => typeof part === 'string' && part !== '',
      );
      return [[oneLine(name), oneLine(text.join(': '))]];
    }),
  );
}

/** One line for a sign of life; empty where there is nothing to say. */
export function heartbeatText(activity: PendingActivity): string {
  const { heartbeat } = activity;
  const services = serviceProgress(activity);
  if (services.size > 0) return [...services].map(([name, text]) => `${name} ${text}`).join(', ');
  if (typeof heartbeat === 'string') return oneLine(heartbeat);
  if (!isFields(heartbeat)) return '';
  if (typeof heartbeat.phase === 'string') {
    const line = typeof heartbeat.lastLine === 'string' ? heartbeat.lastLine : '';
    const progress = progressIn(activity);
    const counted = progress ? ` ${progress.done}/${progress.total} ${progress.unit}` : '';
    const phase = `${heartbeat.phase}${counted}`;
    return oneLine(line === '' ? phase : `${phase}: ${line}`);
  }
  const words = Object.entries(heartbeat).filter(([, value]) => typeof value === 'string');
  return oneLine(words.map(([name, value]) => `${name} ${value}`).join(', '));
}
