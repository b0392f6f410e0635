/**
 * Options that are more than text.
 */
import { InvalidArgumentError } from 'commander';

export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() === '' || !Number.isFinite(seconds) || seconds <= 0) {
    throw new InvalidArgumentError('Expected a number of seconds above 0.');
  }
  return seconds;
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new InvalidArgumentError('Expected a port: 1 to 65535, or 0 for any free one.');
  }
  return port;
}

/** `app=address`, any number of times. */
export function collectRepository(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const [, app, url] = /^([\w.-]+)=(.+)$/.exec(text) ?? [];
  if (app === undefined || url === undefined) throw new InvalidArgumentError('Expected <app>=<path or URL>.');
  return { ...before, [app]: url };
}
