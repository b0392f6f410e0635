/**
 * Runs one check of a commit: repository code, in a warm folder, with a clean environment and no credentials.
 * In the all-in-one local mode this is tidiness, not isolation: the code runs as the worker's own user.
 */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import { CheckFailedError, TransientError } from '../errors.ts';
import { cleanEnvironment, secretsIn } from '../process/clean-environment.ts';
import { withRunFolder } from '../process/run-folder.ts';
import { type ProcessResult, runProcess } from '../process/run-process.ts';
import { TRANSIENT_ADVICE, transientReason } from '../process/transient-output.ts';
import type { CheckPlan, Command } from '../release/plan.ts';
import { prepareSlot } from '../source/prepare-slot.ts';
import { withSlot } from '../source/slots.ts';
import { segmentOf } from '../store/keys.ts';
import type { StepLog } from '../store/step-log.ts';
import type { Store } from '../store/store.ts';
import type { ChecksActivities } from './contracts/build.ts';
import { withHeartbeat } from './heartbeat.ts';
import { withStepLog } from './step-log.ts';

export interface ChecksPorts {
  readonly store: Store;
  /** Where the warm folders are; several checks workers of one machine may share it. */
  readonly folder: string;
  /** Where the allow-listed variables come from; default: this process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

const EVIDENCE_LINES = 50;

/** `-e`: a script of several lines fails with its first failing line. */
const argvOf = (command: Command): readonly [string, ...string[]] =>
  typeof command === 'string' ? ['/bin/sh', '-ec', command] : command;

/** Checks share a folder when they would prepare it in the same way. */
function groupOf(app: string, check: CheckPlan): string {
  const { directory, setup } = check;
  const parts = setup === undefined ? [] : [directory, setup, check.env];
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 8);
  const name =
    setup === undefined ? 'plain' : segmentOf(directory === '.' ? 'root' : directory, '-').slice(0, 40);
  return join(segmentOf(app, '_'), `${name}-${hash}`);
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

function howItFailed(command: Command, result: ProcessResult, timeoutMs: number): string | undefined {
  if (result.timedOut) return `did not end within ${seconds(timeoutMs)}`;
  if (result.exitCode === 0) return undefined;
  if (result.signal !== null) return `was ended by ${result.signal}`;
  const program = typeof command === 'string' ? 'a command of its script' : JSON.stringify(command[0]);
  if (result.exitCode === 127) return `cannot run: ${program} was not found (exit code 127)`;
  if (result.exitCode === 126) return `cannot run: ${program} is not executable (exit code 126)`;
  return `failed with exit code ${result.exitCode}`;
}

function adviceFor(result: ProcessResult): string | undefined {
  if (result.timedOut) return 'make it faster, or raise its timeout in slipway.yaml';
  if (result.signal === 'SIGKILL') return 'the machine may have run out of memory';
  if (result.exitCode === 127) return 'install it in the set-up of the check, or on the checks workers';
  return undefined;
}

export function createChecksActivities(ports: ChecksPorts): ChecksActivities {
  return {
    runCheck: ({ app, source, check }) =>
      withHeartbeat(
        'waiting for a folder',
        (heart) =>
          withRunFolder(join(ports.folder, 'runs'), async (folder) => {
            const folders = { home: join(folder, 'home'), temporary: join(folder, 'tmp') };
            for (const each of Object.values(folders)) await mkdir(each);
            const env = { ...cleanEnvironment(folders, ports.environment), ...check.env };
            const signal = Context.current().cancellationSignal;
            return withStepLog(ports.store, `check:${check.name}`, secretsIn(env), async (log) => {
              heart.follow(() => log.tail(1)[0] ?? '');
              let deadline = Number.POSITIVE_INFINITY;
              const run = async (what: string, command: Command, cwd: string): Promise<ProcessResult> => {
                deadline = Math.min(deadline, performance.now() + check.timeoutMs);
                log.write(`$ ${typeof command === 'string' ? command.trim() : JSON.stringify(command)}\n`);
                const result = await runProcess(argvOf(command), {
                  cwd,
                  env,
                  signal,
                  timeoutMs: Math.max(1, deadline - performance.now()),
                  onOutput: log.write,
                });
                const failure = howItFailed(command, result, check.timeoutMs);
                if (failure !== undefined) throw failed(check.name, what, failure, result, log);
                return result;
              };
              return withSlot(join(ports.folder, groupOf(app, check)), source.hash, signal, async (slot) => {
                const prepared = await prepareSlot(slot, {
                  store: ports.store,
                  source: source.hash,
                  directory: check.directory,
                  setup: check.setup,
                  signal,
                  runSetup: async (cwd) => {
                    if (check.setup !== undefined) await run('set-up', check.setup.run, cwd);
                  },
                  onPhase: heart.phase,
                  onNote: (note) => log.write(`note: ${note}\n`),
                });
                heart.phase('running');
                const result = await run('run', check.run, prepared.folder);
                return {
                  logKey: log.key,
                  setupMs: prepared.setupMs,
                  setupCached: prepared.cached,
                  runMs: result.durationMs,
                };
              });
            });
          }),
        `check:${check.name}`,
      ),
  };
}

/** A set-up that the network or the disk stopped is worth another try; a check never is. */
function failed(
  name: string,
  what: string,
  failure: string,
  result: ProcessResult,
  log: StepLog,
): CheckFailedError | TransientError {
  const evidence = log.tail(EVIDENCE_LINES);
  const message = `check ${name}: ${what === 'run' ? 'it' : `its ${what}`} ${failure}`;
  const reason = what === 'run' || result.timedOut ? undefined : transientReason(result.tail);
  if (reason !== undefined)
    return new TransientError(message, { evidence, advice: TRANSIENT_ADVICE[reason] });
  const advice = adviceFor(result);
  return new CheckFailedError(message, { evidence, ...(advice !== undefined && { advice }) });
}
