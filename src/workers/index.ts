export type { WorkerOptions, WorkerRole } from './options.ts';
export { runWorker } from './run-worker.ts';
