// ELB's operations on targets: register by hand, deregister, and how they fare.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetHealth.html and its neighbours
import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Operations, SdkOperation } from '../wire/operations.ts';
import { type ElbParts, requireTargetGroup } from './service-parts.ts';
import type { TargetGroupRecord } from './state.ts';
import type { Target } from './target-groups.ts';

export function targetOperations({ file, pools }: ElbParts): Operations {
  const register: SdkOperation<sdk.RegisterTargetsCommandInput, sdk.RegisterTargetsCommandOutput> = async (
    input,
  ) => {
    const group = requireTargetGroup(file.state, input.TargetGroupArn);
    for (const { Id: host = '', Port: port = group.port } of input.Targets ?? []) {
      if (!group.targets.some((each) => each.host === host && each.port === port))
        group.targets.push({ host, port });
      pools.register(group.arn, apiTarget(host, port));
    }
    return file.saved({});
  };

  const deregister: SdkOperation<
    sdk.DeregisterTargetsCommandInput,
    sdk.DeregisterTargetsCommandOutput
  > = async (input) => {
    const group = requireTargetGroup(file.state, input.TargetGroupArn);
    for (const wanted of input.Targets ?? []) {
      for (const target of matching(pools.pool(group.arn)?.targets() ?? [], wanted)) {
        group.targets = group.targets.filter((each) => apiTarget(each.host, each.port).id !== target.id);
        pools.deregister(group.arn, target.id);
      }
    }
    return file.saved({});
  };

  const describe: SdkOperation<
    sdk.DescribeTargetHealthCommandInput,
    sdk.DescribeTargetHealthCommandOutput
  > = async (input) => {
    const group = requireTargetGroup(file.state, input.TargetGroupArn);
    const all = pools.pool(group.arn)?.targets() ?? [];
    const described = (target: Target): sdk.TargetHealthDescription =>
      describeHealth(group, target, pools.health(group.arn, target.id));
    if (input.Targets === undefined || input.Targets.length === 0) {
      return { TargetHealthDescriptions: all.map(described) };
    }
    return {
      TargetHealthDescriptions: input.Targets.flatMap((wanted) => {
        const found = matching(all, wanted).map(described);
        return found.length > 0 ? found : [unknownTarget(group, wanted)];
      }),
    };
  };

  return { RegisterTargets: register, DeregisterTargets: deregister, DescribeTargetHealth: describe };
}

/** A target registered by API has its address as id, with the port, as one address may be in the group twice. */
export function apiTarget(host: string, port: number): Target {
  return { id: `${host}:${port}`, host, port };
}

/** What DescribeTargetHealth shows: ECS's targets have an id of their own, those by API their address. */
function shownId(target: Target): string {
  return target.id === apiTarget(target.host, target.port).id ? target.host : target.id;
}

function matching(targets: readonly Target[], wanted: sdk.TargetDescription): Target[] {
  return targets.filter(
    (target) => shownId(target) === wanted.Id && (wanted.Port === undefined || wanted.Port === target.port),
  );
}

function describeHealth(
  group: TargetGroupRecord,
  target: Target,
  { state, reason, description }: { state: string; reason?: string; description?: string },
): sdk.TargetHealthDescription {
  return {
    Target: { Id: shownId(target), Port: target.port },
    HealthCheckPort: group.healthCheck.port === 'traffic-port' ? String(target.port) : group.healthCheck.port,
    TargetHealth: {
      State: state as sdk.TargetHealthStateEnum,
      ...(reason === undefined ? {} : { Reason: reason as sdk.TargetHealthReasonEnum }),
      ...(description === undefined ? {} : { Description: description }),
    },
  };
}

function unknownTarget(group: TargetGroupRecord, wanted: sdk.TargetDescription): sdk.TargetHealthDescription {
  return {
    Target: { Id: wanted.Id, Port: wanted.Port ?? group.port },
    TargetHealth: {
      State: 'unused',
      Reason: 'Target.NotRegistered',
      Description: 'Target is not registered to the target group',
    },
  };
}
