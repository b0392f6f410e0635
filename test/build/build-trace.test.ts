/** The files are what buildx 0.20.1 printed for real builds on Docker 20.10. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { type BuildProgress, createBuildTrace } from '../../src/build/build-trace.ts';
import { readBuildFailure } from '../../src/build/failures.ts';

const recorded = (name: string): Promise<string> =>
  readFile(new URL(`./rawjson/${name}.txt`, import.meta.url), 'utf8');

/** Feeds the output in pieces that end anywhere. */
const follow = (output: string, pieceLength = 997) => {
  let log = '';
  const trace = createBuildTrace((text) => {
    log += text;
  });
  const seen: BuildProgress[] = [];
  for (let at = 0; at < output.length; at += pieceLength) {
    trace.add(output.slice(at, at + pieceLength));
    seen.push(trace.progress());
  }
  trace.end();
  return { log, seen, last: trace.progress() };
};

const status = (fields: object): string => `${JSON.stringify(fields)}\n`;
const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');
const at = (second: number): string => new Date(second * 1_000).toISOString();
const vertex = (digest: string, name: string, more: object = {}) => ({
  digest,
  name,
  started: at(10),
  ...more,
});

describe('the log of a build', () => {
  it('takes in pieces what never ends its line', () => {
    const bar = 'x'.repeat(10_000);
    const printed = Array.from({ length: 100 }, () =>
      status({ logs: [{ vertex: 'a', data: base64(bar), timestamp: at(11) }] }),
    );
    const lines: string[] = [];
    const trace = createBuildTrace((text) => lines.push(text));
    trace.add(status({ vertexes: [vertex('a', '[1/1] RUN curl')] }) + printed.join(''));
    // Before its end: what is kept does not grow with what is printed.
    expect(lines.join('').length).toBeGreaterThan(900_000);
    trace.end();
    expect(lines.join('').split('x')).toHaveLength(1_000_001);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(66_000);
  });

  it('reads as with --progress=plain', async () => {
    const { log } = follow(await recorded('built'));
    expect(log).toMatchInlineSnapshot(`
"
#1 [internal] load build definition from Dockerfile
#1 transferring dockerfile: 304B done
#1 DONE 0.0s

#2 [internal] load .dockerignore
#2 transferring context: 2B done
#2 DONE 0.0s

#3 [internal] load metadata for docker.io/library/python:3.11-slim
#3 DONE 0.0s

#4 [internal] load build context
#4 DONE 0.0s

#5 [1/4] FROM docker.io/library/python:3.11-slim@sha256:d40a9a70ba03f16c4855af572ca60048fe9662f12eda8374faa38f9f0af8d8e2
#5 resolve docker.io/library/python:3.11-slim@sha256:d40a9a70ba03f16c4855af572ca60048fe9662f12eda8374faa38f9f0af8d8e2 done
#5 sha256:56e2e4669e6c65ab5abd67369faaa6a8fb43a0a0dabfad07f978f375ad04ea9b 2.72kB / 2.72kB done
#5 sha256:d40a9a70ba03f16c4855af572ca60048fe9662f12eda8374faa38f9f0af8d8e2 685B / 685B done
#5 sha256:b2591bbc5182767f2f72345a7275d5991df2ec98d55227a04a54cda6c95932d4 1.16kB / 1.16kB done
#5 DONE 0.0s
#4 transferring context: 30.01MB 0.2s done
#4 DONE 0.2s

#6 [2/4] COPY big /big
#6 DONE 0.0s

#7 [3/4] RUN python -c "import time; [print('line',i, flush=True) or time.sleep(0.2) for i in range(10)]"
#7 0.173 line 0
#7 0.373 line 1
#7 0.573 line 2
#7 0.773 line 3
#7 0.974 line 4
#7 1.174 line 5
#7 1.374 line 6
#7 1.574 line 7
#7 1.774 line 8
#7 1.975 line 9
#7 DONE 2.2s

#8 [4/4] RUN python -c "import sys; print('✓ partial', end='', flush=True); sys.stderr.write('oops\\n')"
#8 0.139 oops
#8 ✓ partial
#8 DONE 0.2s

#9 exporting to image
#9 exporting layers 0.1s done
#9 writing image sha256:e2612076b3d85d22e6bf1de894af6811dd408b0423542d0b0cc65a1907a1b148 done
#9 naming to docker.io/live/x:1 done
#9 DONE 0.1s
"
`);
  });

  it('is the same however the output is cut', async () => {
    const output = await recorded('built');
    expect(follow(output, 1).log).toBe(follow(output, output.length).log);
  });

  it('says of what is taken from the cache just that', async () => {
    const { log, last } = follow(await recorded('cached'));
    expect(log.match(/^#\d+ CACHED$/gm)?.length).toBeGreaterThanOrEqual(3);
    expect(log).not.toContain('"vertexes"');
    expect(last.done).toBe(last.total);
  });

  it.each([
    [
      'failed',
      /^image web does not build: ERROR: failed to solve: executor failed running .*: exit code: 3$/,
      /before$/m,
    ],
    ['syntax', /unknown instruction: FORM$/, /unknown instruction: FORM/],
  ])('of one that has %s holds what its failure is read from', async (name, message, evidence) => {
    const { log } = follow(await recorded(name));
    const error = readBuildFailure('web', { tail: log, exitCode: 1, signal: null });
    expect(error).toMatchObject({ type: 'BuildFailed', message: expect.stringMatching(message) });
    expect(error.evidence.join('\n')).toMatch(evidence);
    expect(log).not.toContain('{"');
  });

  it('joins what a command wrote in pieces, also in the middle of a character', () => {
    const bytes = Buffer.from('✓ done\nrest');
    const { log } = follow(
      status({ vertexes: [vertex('a', '[1/1] RUN x')] }) +
        status({ logs: [{ vertex: 'a', data: base64(bytes.subarray(0, 2)), timestamp: at(11) }] }) +
        status({ logs: [{ vertex: 'a', data: base64(bytes.subarray(2)), timestamp: at(12.5) }] }) +
        status({ vertexes: [vertex('a', '[1/1] RUN x', { completed: at(13) })] }),
    );
    expect(log).toBe('\n#1 [1/1] RUN x\n#1 2.500 ✓ done\n#1 rest\n#1 DONE 3.0s\n');
  });

  it('says a long transfer again and again, a short one once', () => {
    const transfer = (second: number, current: number, more: object = {}) =>
      status({
        statuses: [
          {
            id: 'sha256:ab',
            vertex: 'a',
            current,
            total: 4_000_000,
            timestamp: at(second),
            started: at(10),
            ...more,
          },
        ],
      });
    const { log } = follow(
      status({ vertexes: [vertex('a', '[1/1] FROM x')] }) +
        transfer(10, 0) +
        transfer(11, 100) +
        transfer(16, 2_000_000) +
        transfer(17, 2_100_000) +
        transfer(18, 4_000_000, { completed: at(18) }) +
        transfer(18, 4_000_000, { completed: at(18) }),
    );
    expect(log.split('\n').filter((line) => line.includes('sha256:ab'))).toEqual([
      '#1 sha256:ab 2.00MB / 4.00MB 6.0s',
      '#1 sha256:ab 4.00MB / 4.00MB 8.0s done',
    ]);
  });

  it('lets everything through that is not JSON of the builder', () => {
    const lines = 'ERROR: failed\n{"vertexes": "no"}\n{"other":[]}\n{broken\n[]\nnull\n\nlast';
    expect(follow(lines).log).toBe(`${lines}\n`);
  });

  it('is not stopped by JSON of another shape', () => {
    const odd = [
      { vertexes: [null, 1, {}, { digest: 7, name: [], started: 'x' }] },
      { statuses: [{ vertex: 'nobody', current: 'x' }, null] },
      { logs: [{ vertex: 'nobody', data: 7 }, {}] },
      { warnings: [{ short: base64('JSONArgsRecommended: x') }] },
    ];
    expect(follow(odd.map(status).join('')).log).toContain('WARN: JSONArgsRecommended: x');
  });
});

describe('how far a build is', () => {
  it('counts the steps of the Dockerfile and the export', async () => {
    const { seen, last } = follow(await recorded('built'), 200);
    expect(last).toMatchObject({ done: 5, total: 5, current: '' });
    expect(
      seen.some(({ current, done, total }) => current.startsWith('[3/4] RUN') && done === 2 && total === 4),
    ).toBe(true);
  });

  it('says what the step at work has moved', () => {
    const { last } = follow(
      status({ vertexes: [vertex('a', '[1/2] FROM x'), { digest: 'b', name: '[2/2] RUN y' }] }) +
        status({
          statuses: [
            { id: 'one', vertex: 'a', current: 30, total: 100, timestamp: at(11) },
            { id: 'two', vertex: 'a', current: 50, total: 50, timestamp: at(11), completed: at(11) },
          ],
        }),
    );
    expect(last).toEqual({ done: 0, total: 2, current: '[1/2] FROM x', bytes: { done: 80, total: 150 } });
  });
});
