/** Pushes a reference from the engine, with a login that exists for the time of the push only. */

import type { RegistryCredentials } from '../aws/registry.ts';
import { ImageGoneError } from '../errors.ts';
import { runProcess } from '../process/run-process.ts';
import { type DockerPrograms, withPrivateDocker } from './docker-cli.ts';
import { isImmutableTag, readPushFailure } from './failures.ts';
import { createPushTrace, type PushProgress } from './push-progress.ts';

export interface PushOptions {
  /** `<registry host>/<repository>:<tag>`. */
  readonly reference: string;
  readonly credentials: RegistryCredentials;
  readonly signal?: AbortSignal;
  readonly onOutput: (text: string) => void;
  /** Told with each piece of output. */
  readonly onProgress?: (progress: PushProgress) => void;
}

export type PushOutcome =
  | { readonly kind: 'pushed'; readonly digest: string | null }
  | { readonly kind: 'tag-immutable' };

const PUSH_TIMEOUT_MS = 25 * 60_000;
const LOGIN_TIMEOUT_MS = 60_000;

/** @throws RefusedByServiceError (denied), TransientError (all else that a retry may mend) */
export const pushReference = (programs: DockerPrograms, options: PushOptions): Promise<PushOutcome> =>
  withPrivateDocker(programs, async (env, folder) => {
    const { reference, credentials, signal, onOutput, onProgress } = options;
    const common = { cwd: folder, env, ...(signal ? { signal } : {}) };
    const host = reference.slice(0, reference.indexOf('/'));
    const login = await runProcess(
      [programs.docker, 'login', '--username', credentials.username, '--password-stdin', host],
      { ...common, input: credentials.password, timeoutMs: LOGIN_TIMEOUT_MS },
    );
    if (login.exitCode !== 0) throw readPushFailure(`login to ${host}`, login.tail);
    const trace = createPushTrace();
    const push = await runProcess([programs.docker, 'push', reference], {
      ...common,
      onOutput: (output) => {
        onOutput(output);
        trace.add(output);
        onProgress?.(trace.progress());
      },
      timeoutMs: PUSH_TIMEOUT_MS,
    });
    if (push.exitCode === 0) return { kind: 'pushed', digest: digestIn(push.tail) };
    if (isImmutableTag(push.tail)) return { kind: 'tag-immutable' };
    if (/does not exist locally|No such image|tag does not exist/i.test(push.tail)) {
      throw new ImageGoneError(`${reference} is not in this engine any more`);
    }
    throw readPushFailure(reference, push.tail);
  });

/** `docker push` ends with `<tag>: digest: sha256:… size: …`. */
const digestIn = (output: string): string | null => /digest: (sha256:[0-9a-f]{64})/.exec(output)?.[1] ?? null;
