import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { TransientError } from '../errors.ts';
import { lastLines } from '../process/tail.ts';
import type { BareCopy } from './bare-copy.ts';

/** The commit's files as a gzipped tar, the same bytes every time; `take` consumes the stream. */
export async function archiveCommit<T>(
  copy: BareCopy,
  sha: string,
  take: (content: Readable) => Promise<T>,
): Promise<T> {
  const tar = new PassThrough();
  const stop = new AbortController();
  const producing = copy
    .run(['archive', '--format=tar', '--end-of-options', sha], { stdoutTo: tar, stop: stop.signal })
    .then((result) => {
      if (result.exitCode === 0) return;
      throw new TransientError(`git cannot archive ${sha}`, { evidence: lastLines(result.tail, 20) });
    });
  // Whichever side fails first ends the other: git would wait for ever for a reader that is gone.
  const zipped = createGzip();
  const zipping = pipeline(tar, zipped);
  const taking = take(zipped);
  try {
    const [taken] = await Promise.all([taking, zipping, producing]);
    return taken;
  } catch (error) {
    stop.abort(error);
    zipped.destroy();
    throw error;
  } finally {
    await Promise.allSettled([taking, zipping, producing]);
  }
}
