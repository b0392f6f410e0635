/** What is kept of a run: every call and every look from the outside, for the invariants to judge. Plain data. */
import type { ReleaseReport } from '../../src/release/verdict.ts';
import type { HistoryFacts } from './history.ts';
import type { Message, Scenario } from './scenario.ts';

/** Which attempt of which activity made a call. */
export interface Attempt {
  readonly workflowId: string;
  readonly activity: string;
  readonly activityId: string;
  readonly number: number;
}

/** One call of an AWS operation. Times are real milliseconds. */
export interface Call {
  readonly operation: string;
  /** The service (or family) that it is about; `*` for several. */
  readonly service: string;
  readonly input: unknown;
  /** Null: somebody else's. */
  readonly by: Attempt | null;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** It was carried out, whether or not the caller came to know. */
  readonly done: boolean;
  /** `ok`, or the name of the error. */
  readonly outcome: string;
  /** Of UpdateService: the PRIMARY deployment before and after. */
  readonly before?: DeploymentState;
  readonly after?: DeploymentState;
}

export interface DeploymentState {
  readonly id: string;
  readonly taskDefinition: string;
  readonly rolloutState: string;
}

export interface Probe {
  readonly service: string;
  readonly atMs: number;
  readonly good: boolean;
}

/** A service as it is: by itself, not by what anybody was told. */
export interface ServiceState {
  readonly primary: DeploymentState;
  readonly desired: number;
  /** As the PRIMARY's task definition names it. */
  readonly image: string;
  /** What runs: digests, one for each container. */
  readonly running: readonly string[];
  readonly latest: string | null;
}

export interface Sent {
  readonly message: Message;
  /** Unique to the message, the same in all its copies. */
  readonly id: string;
  /** How many copies Temporal took. */
  readonly taken: number;
}

/** How the run looked when it was left. `waiting`: it stands still and says why. */
export type Ending =
  | { readonly kind: 'ended' }
  | { readonly kind: 'waiting'; readonly reason: string }
  | { readonly kind: 'hung'; readonly status: string };

export interface RunRecord {
  readonly scenario: Scenario;
  /** Of the release that the report is of; where one was broken off before it, its calls are here, too. */
  readonly workflowId: string;
  /** What the release was to bring, by service. */
  readonly requested: Readonly<Record<string, string>>;
  /** What strangers bring, by service. */
  readonly foreign: Readonly<Record<string, string>>;
  readonly before: Readonly<Record<string, ServiceState>>;
  readonly after: Readonly<Record<string, ServiceState>>;
  readonly calls: readonly Call[];
  readonly attempts: readonly (Attempt & { readonly atMs: number })[];
  readonly probes: readonly Probe[];
  /** ECS's own events and what else happened, by real time. */
  readonly timeline: readonly { readonly atMs: number; readonly line: string }[];
  readonly sent: readonly Sent[];
  readonly report: ReleaseReport | null;
  readonly ending: Ending;
  readonly history: HistoryFacts;
  /** Texts that must never leave the containers. */
  readonly secrets: readonly string[];
}
