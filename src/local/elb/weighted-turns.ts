// Shares requests among weighted target groups evenly: of 3:1, every fourth one goes to the second.

interface Weighted {
  readonly arn: string;
  readonly weight: number;
}

export class WeightedTurns {
  /** By rule or listener, then by target group: how much a group has been left waiting. */
  readonly #credit = new Map<string, Map<string, number>>();

  /** Undefined when no group has any weight. */
  next(owner: string, groups: readonly Weighted[]): string | undefined {
    const able = groups.filter(({ weight }) => weight > 0);
    if (able.length < 2) return able[0]?.arn;
    const credit = this.#credit.get(owner) ?? new Map<string, number>();
    this.#credit.set(owner, credit);
    for (const { arn, weight } of able) credit.set(arn, (credit.get(arn) ?? 0) + weight);
    const [chosen] = [...able].sort((a, b) => (credit.get(b.arn) ?? 0) - (credit.get(a.arn) ?? 0));
    if (chosen === undefined) return undefined;
    const total = able.reduce((sum, { weight }) => sum + weight, 0);
    credit.set(chosen.arn, (credit.get(chosen.arn) ?? 0) - total);
    return chosen.arn;
  }
}
