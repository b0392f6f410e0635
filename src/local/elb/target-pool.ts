// The targets of one group: who is healthy, whose turn it is, who is draining.
import { setTimeout as sleep } from 'node:timers/promises';
import {
  afterProbe,
  type HealthRecord,
  type HealthTiming,
  newHealthRecord,
  nextProbeMs,
} from './health-rules.ts';
import { type Probe, probeTarget, takesConnections } from './probe.ts';
import type { Target, TargetHealth } from './target-groups.ts';

export interface PoolHealthCheck extends HealthTiming, Omit<Probe, 'host' | 'port'> {
  /** Undefined: the port that takes the traffic. */
  readonly port: number | undefined;
}

export interface PoolSettings {
  /** Undefined: no checks, registered is healthy – once it takes connections, where `readyWithinMs` says so. */
  readonly healthCheck: PoolHealthCheck | undefined;
  /**
   * Without health checks: traffic waits until the target takes connections, yet no longer than this. Docker's
   * port forwarding accepts for a program that does not listen yet, and resets what it then cannot pass on.
   */
  readonly readyWithinMs?: number;
  readonly deregistrationDelayMs: number;
  /** Nothing forwards to it: its targets are `unused` and not checked. */
  readonly notInUse?: boolean;
}

interface LiveTarget extends Target {
  health: HealthRecord;
  inFlight: number;
  draining: boolean;
  /** Ends the health checks or the drain, whichever runs. */
  stop: () => void;
}

/** A target that was given a request; `release` must be called when that has ended. */
export interface Lease {
  readonly target: Target;
  release(): void;
}

const readinessEveryMs = 100;

const settled: HealthRecord = { state: 'healthy', registeredAtMs: 0, successes: 1, failures: 0 };

export class TargetPool {
  readonly #targets = new Map<string, LiveTarget>();
  readonly #settings: () => PoolSettings;
  readonly #changed: (targetId: string) => void;
  readonly #initialProbeMs: number | undefined;
  #turn = 0;
  #inUse = true;

  /** `settings` is asked at every use, so that a modified target group takes effect at once. */
  constructor(settings: () => PoolSettings, changed: (targetId: string) => void, initialProbeMs?: number) {
    this.#initialProbeMs = initialProbeMs;
    this.#settings = settings;
    this.#changed = changed;
    this.#inUse = settings().notInUse !== true;
  }

  register(target: Target): void {
    const known = this.#targets.get(target.id);
    if (known !== undefined) {
      const moved = known.host !== target.host || known.port !== target.port;
      if (!moved && !known.draining) return;
      known.stop();
    }
    const { healthCheck, readyWithinMs } = this.#settings();
    const live: LiveTarget = {
      ...target,
      health: (healthCheck ?? readyWithinMs) ? newHealthRecord(Date.now()) : settled,
      inFlight: 0,
      draining: false,
      stop: () => undefined,
    };
    this.#targets.set(target.id, live);
    if (healthCheck !== undefined && this.#inUse) this.#check(live);
    else if (readyWithinMs !== undefined) void this.#awaitReady(live, readyWithinMs);
    this.#changed(target.id);
  }

  /** Checks begin when the group comes into use, from the start, and end with it. */
  noticeUse(): void {
    const { notInUse, healthCheck } = this.#settings();
    if (this.#inUse === !notInUse) return;
    this.#inUse = !notInUse;
    for (const live of this.#targets.values()) {
      if (live.draining || healthCheck === undefined) continue;
      live.stop();
      live.health = newHealthRecord(Date.now());
      if (this.#inUse) this.#check(live);
      this.#changed(live.id);
    }
  }

  deregister(targetId: string): void {
    const live = this.#targets.get(targetId);
    if (live === undefined || live.draining) return;
    live.stop();
    live.draining = true;
    if (live.inFlight === 0) {
      this.#remove(live);
      return;
    }
    const timer = setTimeout(() => this.#remove(live), this.#settings().deregistrationDelayMs);
    live.stop = () => clearTimeout(timer);
    this.#changed(targetId);
  }

  /**
   * The next healthy target in turn, leaving out those that were tried; undefined when there is none. When all that
   * were checked are unhealthy, each of them gets requests ("fail open"): better a poor answer than none.
   */
  lease(tried: ReadonlySet<string> = new Set()): Lease | undefined {
    const serving = [...this.#targets.values()].filter((each) => !each.draining);
    const state = serving.some((each) => each.health.state === 'healthy') ? 'healthy' : 'unhealthy';
    const able = serving.filter((each) => each.health.state === state && !tried.has(each.id));
    const live = able[this.#turn++ % Math.max(1, able.length)];
    if (live === undefined) return undefined;
    live.inFlight++;
    let held = true;
    return {
      target: live,
      release: () => {
        if (!held) return;
        held = false;
        live.inFlight--;
        if (live.draining && live.inFlight === 0) this.#remove(live);
      },
    };
  }

  health(targetId: string): TargetHealth {
    const live = this.#targets.get(targetId);
    if (live === undefined) return notRegistered;
    if (live.draining) return deregistering;
    if (!this.#inUse) return notInUse;
    const { state, reason, description } = live.health;
    return {
      state,
      ...(reason === undefined ? {} : { reason }),
      ...(description === undefined ? {} : { description }),
    };
  }

  targets(): Target[] {
    return [...this.#targets.values()];
  }

  close(): void {
    for (const live of this.#targets.values()) live.stop();
    this.#targets.clear();
  }

  #remove(live: LiveTarget): void {
    live.stop();
    // A target of the same id may have been registered anew in the meantime.
    if (this.#targets.get(live.id) !== live) return;
    this.#targets.delete(live.id);
    this.#changed(live.id);
  }

  async #awaitReady(live: LiveTarget, withinMs: number): Promise<void> {
    let stopped = false;
    live.stop = () => {
      stopped = true;
    };
    const untilMs = Date.now() + withinMs;
    while (!stopped && !(await takesConnections(live)) && Date.now() < untilMs) await sleep(readinessEveryMs);
    if (stopped) return;
    live.health = settled;
    this.#changed(live.id);
  }

  /** The first probe goes out at once; each next one is timed from the end of the one before. */
  #check(live: LiveTarget): void {
    let timer: NodeJS.Timeout | undefined;
    let stopped = false;
    const round = async (): Promise<void> => {
      const check = this.#settings().healthCheck;
      if (check === undefined) return;
      const result = await probeTarget({ ...check, host: live.host, port: check.port ?? live.port });
      if (stopped) return;
      const before = live.health.state;
      live.health = afterProbe(live.health, result, check, Date.now());
      timer = setTimeout(() => void round(), nextProbeMs(live.health, check, this.#initialProbeMs));
      if (live.health.state !== before) this.#changed(live.id);
    };
    live.stop = () => {
      stopped = true;
      clearTimeout(timer);
    };
    void round();
  }
}

const notRegistered: TargetHealth = {
  state: 'unused',
  reason: 'Target.NotRegistered',
  description: 'Target is not registered to the target group',
};

const notInUse: TargetHealth = {
  state: 'unused',
  reason: 'Target.NotInUse',
  description: 'Target group is not configured to receive traffic from the load balancer',
};

const deregistering: TargetHealth = {
  state: 'draining',
  reason: 'Target.DeregistrationInProgress',
  description: 'Target deregistration is in progress',
};
