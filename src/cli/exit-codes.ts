/**
 * Exit codes of the CLI: stable, and documented in DESIGN.md ("Verdicts, states, exit codes").
 */
import type { Verdict } from '../release/verdict.ts';

export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  rolledBack: 3,
  rollbackFailed: 4,
  ended: 5,
  refused: 6,
  unreachable: 7,
  internal: 70,
  watchTimedOut: 124,
  /** 128 + SIGINT, as shells have it: we were told to let go, the release goes on. */
  detached: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const VERDICT_EXIT: Readonly<Record<Verdict, ExitCode>> = {
  succeeded: EXIT.ok,
  failed: EXIT.failed,
  'rolled-back': EXIT.rolledBack,
  'rollback-failed': EXIT.rollbackFailed,
  superseded: EXIT.ended,
  aborted: EXIT.ended,
  refused: EXIT.refused,
};

/** By the stable `type` of our errors; what is not listed is a bug of ours. */
const ERROR_EXIT: Readonly<Record<string, ExitCode>> = {
  ConfigurationError: EXIT.usage,
  MissingTool: EXIT.usage,
  ReleaseNotFound: EXIT.usage,
  AmbiguousRelease: EXIT.usage,
  StartFailed: EXIT.failed,
  DemoFailed: EXIT.failed,
  GcFailed: EXIT.failed,
  /** Half of the services may run the new version, and nothing was rolled back: a person is needed. */
  NoVerdict: EXIT.rollbackFailed,
  Transient: EXIT.failed,
  RefusedByService: EXIT.failed,
  StateFileError: EXIT.usage,
  NotNow: EXIT.refused,
  NoControlWorker: EXIT.unreachable,
  NoDeployWorker: EXIT.unreachable,
  Unreachable: EXIT.unreachable,
  /** Of Temporal's client: it was there when we connected. */
  ServiceError: EXIT.unreachable,
};

export function exitCodeOf(error: unknown): ExitCode {
  const name = error instanceof Error ? error.name : '';
  return ERROR_EXIT[name] ?? EXIT.internal;
}
