/** Where every call to the simulated AWS passes: faults meet it here, and the record of all calls is kept. */
import { Context } from '@temporalio/activity';
import type { Attempt, Call, DeploymentState } from '../record.ts';
import type { Fault, FaultKind } from '../scenario.ts';

export interface GateCall {
  readonly operation: string;
  readonly service: string;
  readonly input: unknown;
}

export interface GateParts {
  readonly faults: readonly Fault[];
  /** Somebody else updates the service. */
  readonly interfere: (service: string) => Promise<void>;
  /** The PRIMARY deployment of a service. */
  readonly primaryOf: (service: string) => Promise<DeploymentState | undefined>;
}

/** What the SDK throws when AWS says no. */
export const awsError = (name: string, message: string, httpStatusCode: number): Error =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });

export class CallGate {
  readonly calls: Call[] = [];
  readonly #counts = new Map<string, number>();
  readonly #parts: GateParts;
  /** Attempts that began before this number of deaths are dead. */
  #deaths = 0;
  readonly #born = new Map<string, number>();

  constructor(parts: GateParts) {
    this.#parts = parts;
  }

  /** An attempt begins: it lives until the worker dies. */
  begin(attempt: Attempt): void {
    this.#born.set(keyOf(attempt), this.#deaths);
  }

  isDead(attempt: Attempt): boolean {
    return (this.#born.get(keyOf(attempt)) ?? this.#deaths) < this.#deaths;
  }

  async pass<T>(call: GateCall, effect: () => Promise<T>): Promise<T> {
    const by = currentAttempt();
    if (by && this.isDead(by)) throw new Error('this worker is dead');
    const startedAtMs = Date.now();
    const watched = call.operation === 'UpdateService';
    const before = watched ? await this.#parts.primaryOf(call.service) : undefined;
    let done = false;
    let outcome = 'ok';
    try {
      return await this.#meet(call, async () => {
        const answer = await effect();
        done = true;
        return answer;
      });
    } catch (error) {
      outcome = error instanceof Error ? error.name : String(error);
      throw error;
    } finally {
      const after = watched ? await this.#parts.primaryOf(call.service) : undefined;
      const endedAtMs = Date.now();
      this.calls.push({
        ...call,
        by,
        startedAtMs,
        endedAtMs,
        done,
        outcome,
        ...(before && { before }),
        ...(after && { after }),
      });
    }
  }

  async #meet<T>(call: GateCall, effect: () => Promise<T>): Promise<T> {
    for (const fault of this.#faultsFor(call)) {
      if (fault.kind === 'foreign') await this.#parts.interfere(fault.service);
      else return this.#suffer(fault.kind, call, effect);
    }
    return effect();
  }

  async #suffer<T>(
    kind: Exclude<FaultKind, 'foreign'>,
    { operation }: GateCall,
    effect: () => Promise<T>,
  ): Promise<T> {
    switch (kind) {
      case 'throttle':
        throw awsError('ThrottlingException', 'Rate exceeded', 400);
      case 'server-error':
        throw awsError('ServerException', 'Service Unavailable', 503);
      case 'deny':
        throw awsError('AccessDeniedException', `User is not authorized to perform: ${operation}`, 400);
      case 'lose-answer':
        await effect();
        throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
      case 'kill-before':
        this.#deaths += 1;
        throw new Error('the worker died before the call');
      case 'kill-after':
        await effect();
        this.#deaths += 1;
        throw new Error('the worker died after the call');
    }
  }

  /** Calls are counted by operation and service; one that names several services counts for each of them, and for `*`. */
  #faultsFor({ operation, service, input }: GateCall): readonly Fault[] {
    const named = (input as { readonly services?: readonly string[] }).services ?? [];
    const about = new Set([service, '*', ...named]);
    const counts = new Map<string, number>();
    for (const name of about) {
      const count = (this.#counts.get(`${operation} ${name}`) ?? 0) + 1;
      this.#counts.set(`${operation} ${name}`, count);
      counts.set(name, count);
    }
    return this.#parts.faults.filter((fault) => {
      const count = counts.get(fault.service);
      if (fault.operation !== operation || count === undefined) return false;
      return count >= fault.nth && count < fault.nth + fault.times;
    });
  }
}

const keyOf = ({ workflowId, activityId, number }: Attempt): string =>
  `${workflowId}/${activityId}/${number}`;

const currentAttempt = (): Attempt | null => {
  try {
    return attemptOf(Context.current());
  } catch {
    return null;
  }
};

export const attemptOf = ({ info }: Context): Attempt => ({
  workflowId: info.workflowExecution?.workflowId ?? '',
  activity: info.activityType,
  activityId: info.activityId,
  number: info.attempt,
});
