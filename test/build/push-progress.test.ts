import { describe, expect, it } from '@jest/globals';
import { createPushTrace } from '../../src/build/push-progress.ts';

/** As `docker push` prints without a terminal. */
const LINES = [
  'The push refers to repository [127.0.0.1:5000/hello]',
  '5f70bf18a086: Preparing',
  'a3ed95caeb02: Preparing',
  '94e5f06ff8e3: Preparing',
  '94e5f06ff8e3: Waiting',
  'a3ed95caeb02: Layer already exists',
  '5f70bf18a086: Pushed',
];

describe('how far a push is', () => {
  it('counts the layers that are there, of those that were listed', () => {
    const trace = createPushTrace();
    for (const piece of `${LINES.join('\n')}\n`.match(/[\s\S]{1,7}/g) ?? []) trace.add(piece);
    expect(trace.progress()).toEqual({ done: 2, total: 3 });
    trace.add('94e5f06ff8e3: Mounted from other/image\nabc: digest: sha256:00 size: 1\n');
    expect(trace.progress()).toEqual({ done: 3, total: 3 });
  });

  it('takes no layer back that was there', () => {
    const trace = createPushTrace();
    trace.add('5f70bf18a086: Pushed\n5f70bf18a086: Waiting\n');
    expect(trace.progress()).toEqual({ done: 1, total: 1 });
  });

  it('knows nothing before the first layer', () => {
    expect(createPushTrace().progress()).toEqual({ done: 0, total: 0 });
  });
});
