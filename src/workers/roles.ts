/**
 * What each role offers, on which queue, with which rights: the only place where ports meet their
 * implementations. A role gets no client that it has no right to use (DESIGN.md, "Pools by right"), and loads
 * only what it needs: each role is a module of its own.
 */
import type { NativeConnection } from '@temporalio/worker';
import type { WorkerOptions, WorkerRole } from './options.ts';
import type { QueueWorker } from './run-worker.ts';

export interface PreparedRole {
  readonly queues: readonly QueueWorker[];
  /** One line for people: what this worker is and can do. */
  readonly line: string;
  /** Done before it polls; resolves with what is to be logged, if anything. */
  readonly onConnected?: (connection: NativeConnection, namespace: string) => Promise<string | undefined>;
}

export const prepareRole = async (role: WorkerRole, options: WorkerOptions): Promise<PreparedRole> => {
  switch (role) {
    case 'control':
      return (await import('./control.ts')).prepareControl(options);
    case 'deploy':
      return (await import('./deploy.ts')).prepareDeploy(options);
    case 'checks':
      return (await import('./checks.ts')).prepareChecks(options);
    case 'build':
      return (await import('./build.ts')).prepareBuild(options);
  }
};
