/** What a worker process is told by its command line or environment; see `slipway worker --help`. */
import type { Architecture } from '../release/plan.ts';

export type WorkerRole = 'control' | 'deploy' | 'checks' | 'build';

/** How a control worker tells GitHub how releases and checks stand. */
export interface GitHubOptions {
  /** App → `owner/name`; absent: as the address of its git repository says. */
  readonly repositories?: Readonly<Record<string, string>>;
  /** Number or client id of a GitHub App. */
  readonly appId?: string;
  readonly keyFile?: string;
  readonly installationId?: number;
  readonly tokenFile?: string;
  /** Default: github.com's. */
  readonly apiUrl?: string;
}

export interface WorkerOptions {
  /** Host and port of the Temporal frontend; absent: as Temporal's own CLI finds it (environment, temporal.toml). */
  readonly address?: string;
  readonly namespace?: string;
  /** Of a build worker. */
  readonly architecture?: Architecture;
  /** Of a deploy worker: environments name it; absent: the common one. */
  readonly deployQueue?: string;
  /** Of a control worker: app → Git URL or path. */
  readonly repositories?: Readonly<Record<string, string>>;
  readonly gitHub?: GitHubOptions;
  /** The store shared by all pools. */
  readonly storeFolder: string;
  /** This worker's own scratch space: clones, workspaces, caches. */
  readonly dataFolder: string;
  /** Longest time between two heartbeats that reach the server; live progress is as fresh as that. */
  readonly heartbeatThrottleMs?: number;
  /** How long running activities may go on after SIGTERM before they are handed to another worker. */
  readonly shutdownGraceMs?: number;
  /** Called once, when the worker polls: one line for people, such as `build arm64 (emulated)`. */
  readonly onReady?: (line: string) => void;
}
