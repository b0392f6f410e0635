/** What becomes of what somebody else has changed. */
import { describe, expect, it } from '@jest/globals';
import { type Change, fatesOf, shortText } from '../../../src/release/preview/change.ts';

const image: Change = { what: 'container app: image', how: 'x@1 → x@2' };
const debug: Change = { what: 'container app: variable DEBUG', how: 'is new' };
const cpu: Change = { what: 'cpu', how: '256 → 512' };
const sidecar: Change = { what: 'container agent', how: 'is new' };
const gone: Change = { what: 'container agent', how: 'is gone' };

describe('a change by somebody else', () => {
  it.each<[string, Change, readonly Change[], 'overwritten' | 'kept']>([
    ['is kept by a release that changes nothing', debug, [], 'kept'],
    ['is kept by one that changes something else', debug, [image, cpu], 'kept'],
    [
      'is overwritten where the release changes the same',
      image,
      [{ ...image, how: 'x@2 → x@3' }],
      'overwritten',
    ],
    ['goes with its container', debug, [{ what: 'container app', how: 'is gone' }], 'overwritten'],
    ['is a container that the release takes away', sidecar, [gone], 'overwritten'],
    [
      'is a container in which the release changes something',
      sidecar,
      [{ what: 'container agent: cpu', how: '1 → 2' }],
      'overwritten',
    ],
    ['is a container that stays gone', gone, [image], 'kept'],
    ['is no other one with a longer name', sidecar, [{ what: 'container agent-2', how: 'is gone' }], 'kept'],
    ['is no other variable', { ...debug, what: 'container app: variable DEBUG_LEVEL' }, [debug], 'kept'],
  ])('%s', (_what, drift, next, fate) => {
    expect(fatesOf([drift], next)).toEqual([{ text: shortText(drift), fate }]);
  });
});

describe('a change for people', () => {
  const of = (how: string, what = 'container app: image'): string => shortText({ what, how });
  const [long, other] = [`sha256:${'a'.repeat(64)}`, `sha256:${'b'.repeat(64)}`];

  it.each([
    [
      `1.dkr.example/shop/api@${long} → 1.dkr.example/shop/api:${'c'.repeat(40)}`,
      'shop/api@sha256:aaaaaaaaaaaa → :cccccccccccc',
    ],
    [
      `1.dkr.example/api@${long} → 1.dkr.example/api@${other}`,
      'api@sha256:aaaaaaaaaaaa → @sha256:bbbbbbbbbbbb',
    ],
    ['127.0.0.1:5000/hello:old → 127.0.0.1:5000/hello:new', 'hello:old → :new'],
    ['library/nginx:1 → library/nginx:2', 'library/nginx:1 → :2'],
    ['nginx:1 → nginx:2', 'nginx:1 → :2'],
    // Another one: both are named.
    ['nginx:1 → nginx-unprivileged:1', 'nginx:1 → nginx-unprivileged:1'],
    ['1.dkr.example/api:1 → 2.dkr.example/api:1', '1.dkr.example/api:1 → 2.dkr.example/api:1'],
    ['nginx → nginx', 'nginx → nginx'],
    ['none → x:1', 'none → x:1'],
  ])('%s is %s', (how, expected) => {
    expect(of(how)).toBe(`container app: image ${expected}`);
  });

  it('leaves what is no image alone', () => {
    expect(of('a:1 → a:2', 'taskRoleArn')).toBe('taskRoleArn a:1 → a:2');
  });
});
