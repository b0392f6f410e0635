// Target groups and Service Connect without sockets: a test says how targets fare.
import type { Alias, NamespaceOf, ServiceConnect } from '../../../src/local/elb/service-connect.ts';
import type { Target, TargetGroups, TargetHealth } from '../../../src/local/elb/target-groups.ts';

export const targetGroupArn =
  'arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web/0123456789abcdef';

export class FakeBalancer implements TargetGroups, ServiceConnect {
  readonly registered = new Map<string, Target>();
  readonly calls: string[] = [];
  readonly aliases = new Set<string>();
  /** What a newly registered target's checks find. */
  verdict: TargetHealth = { state: 'healthy' };
  /** Whether a listener forwards to the target group. */
  behindListener = true;
  /** Draining targets stay so until `finishDraining()`. */
  holdDraining = false;
  readonly #states = new Map<string, TargetHealth>();
  readonly #listeners = new Set<(arn: string, targetId: string) => void>();

  exists(arn: string): boolean {
    return arn === targetGroupArn || this.aliases.has(arn);
  }

  isUsed(arn: string): boolean {
    return arn === targetGroupArn && this.behindListener;
  }

  register(arn: string, target: Target): void {
    this.calls.push(`register ${target.id}`);
    this.registered.set(`${arn} ${target.id}`, target);
    this.#set(arn, target.id, arn === targetGroupArn ? this.verdict : { state: 'healthy' });
  }

  deregister(arn: string, targetId: string): void {
    this.calls.push(`deregister ${targetId}`);
    if (!this.registered.has(`${arn} ${targetId}`)) return;
    this.#set(arn, targetId, { state: 'draining' });
    if (!this.holdDraining) setImmediate(() => this.#forget(arn, targetId));
  }

  health(arn: string, targetId: string): TargetHealth {
    return this.#states.get(`${arn} ${targetId}`) ?? { state: 'unused' };
  }

  targets(arn: string): readonly string[] {
    return [...this.registered.keys()]
      .filter((key) => key.startsWith(arn))
      .map((key) => key.split(' ')[1] ?? '');
  }

  onChange(listener: (arn: string, targetId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  openAlias({ namespace, name, port }: Alias): string {
    const arn = `arn:aws:slipway-local:alias/${namespace}/${name}/${port}`;
    this.aliases.add(arn);
    return arn;
  }

  closeAlias({ namespace, name, port }: Omit<Alias, 'protocol'>): void {
    this.aliases.delete(`arn:aws:slipway-local:alias/${namespace}/${name}/${port}`);
  }

  /** Whose names a caller at an address means, as ECS tells it. */
  namespaceOf: NamespaceOf = () => undefined;

  async listenAt(_addresses: readonly string[], namespaceOf?: NamespaceOf): Promise<void> {
    if (namespaceOf) this.namespaceOf = namespaceOf;
  }

  // What a test does:

  setHealth(targetId: string, health: TargetHealth): void {
    this.#set(targetGroupArn, targetId, health);
  }

  finishDraining(): void {
    for (const [key, { state }] of this.#states) {
      const [arn = '', id = ''] = key.split(' ');
      if (state === 'draining') this.#forget(arn, id);
    }
  }

  #set(arn: string, targetId: string, health: TargetHealth): void {
    this.#states.set(`${arn} ${targetId}`, health);
    for (const listener of [...this.#listeners]) listener(arn, targetId);
  }

  #forget(arn: string, targetId: string): void {
    this.registered.delete(`${arn} ${targetId}`);
    this.#states.delete(`${arn} ${targetId}`);
    for (const listener of [...this.#listeners]) listener(arn, targetId);
  }
}
