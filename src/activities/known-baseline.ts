/** What a service would be rolled back to, also where only ECS's history knows it: for the plan and for the record. */
import type { Service } from '@aws-sdk/client-ecs';
import type { Ecs } from '../aws/ecs.ts';
import { toServiceView } from '../aws/ecs-views.ts';
import { type SettledFinding, whyNoBaseline } from '../release/judging/baseline.ts';

export type KnownBaseline =
  | {
      readonly kind: 'completed';
      readonly taskDefinition: string;
      /** Container name → image digest that it ran, as far as ECS knows; asked for only where a tag is to be pinned. */
      readonly digests: () => Promise<ReadonlyMap<string, string>>;
    }
  | { readonly kind: 'none'; readonly why: string };

/** Asks ECS's history only where the service shows nothing that has completed. */
export const knowBaseline = async (
  ecs: Pick<Ecs, 'lastCompleted' | 'runningDigests'>,
  cluster: string,
  service: Service,
  finding: SettledFinding,
): Promise<KnownBaseline> => {
  if (finding.kind === 'completed') {
    const { taskDefinition } = finding;
    return { ...finding, digests: () => ecs.runningDigests(cluster, service, taskDefinition) };
  }
  const view = toServiceView(service);
  const last = await ecs.lastCompleted(cluster, view.name);
  if (last.kind !== 'completed') return { kind: 'none', why: whyNoBaseline(view, last.kind) };
  return { ...last, digests: async () => last.digests };
};
