// Service deployments and revisions: the record of what was rolled out, and StopServiceDeployment.
import type {
  DescribeServiceDeploymentsCommandInput,
  DescribeServiceDeploymentsCommandOutput,
  DescribeServiceRevisionsCommandInput,
  DescribeServiceRevisionsCommandOutput,
  ListServiceDeploymentsCommandInput,
  ListServiceDeploymentsCommandOutput,
  StopServiceDeploymentCommandInput,
  StopServiceDeploymentCommandOutput,
} from '@aws-sdk/client-ecs';
import { AwsError } from '../../wire/aws-error.ts';
import type { SdkOperation } from '../../wire/operations.ts';
import type { EcsContext } from '../context.ts';
import { invalid, requireCluster, requireService } from '../lookup.ts';
import { page } from '../pages.ts';
import { requestRollback } from '../scheduler/service-deployment-states.ts';
import {
  renderServiceDeployment,
  renderServiceDeploymentBrief,
  renderServiceRevision,
} from '../services/render-deployments.ts';

export interface ServiceDeploymentOperations {
  ListServiceDeployments: SdkOperation<
    ListServiceDeploymentsCommandInput,
    ListServiceDeploymentsCommandOutput
  >;
  DescribeServiceDeployments: SdkOperation<
    DescribeServiceDeploymentsCommandInput,
    DescribeServiceDeploymentsCommandOutput
  >;
  DescribeServiceRevisions: SdkOperation<
    DescribeServiceRevisionsCommandInput,
    DescribeServiceRevisionsCommandOutput
  >;
  StopServiceDeployment: SdkOperation<StopServiceDeploymentCommandInput, StopServiceDeploymentCommandOutput>;
}

export function serviceDeploymentOperations(context: EcsContext): ServiceDeploymentOperations {
  const { store, controller } = context;
  return {
    async ListServiceDeployments(input) {
      const cluster = requireCluster(store.state, input.cluster);
      const service = requireService(store.state, cluster, input.service);
      const { after, before } = input.createdAt ?? {};
      const runs = Object.values(store.state.serviceDeployments)
        .filter((run) => run.serviceArn === service.arn)
        .filter((run) => !input.status?.length || input.status.includes(run.status))
        .filter((run) => !after || run.createdAtMs >= after.getTime())
        .filter((run) => !before || run.createdAtMs <= before.getTime())
        // Of two that were made in one millisecond, the later one comes first, too.
        .reverse()
        .sort((a, b) => b.createdAtMs - a.createdAtMs)
        .map(renderServiceDeploymentBrief);
      const { items, nextToken } = page(runs, input);
      return { serviceDeployments: items, ...(nextToken && { nextToken }) };
    },

    async DescribeServiceDeployments(input) {
      const arns = atMostTwenty(input.serviceDeploymentArns, 'serviceDeploymentArns');
      const found = arns.flatMap((arn) => store.state.serviceDeployments[arn] ?? []);
      return {
        serviceDeployments: found.map((run) => renderServiceDeployment(run, store)),
        failures: missing(arns, store.state.serviceDeployments),
      };
    },

    async DescribeServiceRevisions(input) {
      const arns = atMostTwenty(input.serviceRevisionArns, 'serviceRevisionArns');
      const found = arns.flatMap((arn) => store.state.serviceRevisions[arn] ?? []);
      return {
        serviceRevisions: found.map(renderServiceRevision),
        failures: missing(arns, store.state.serviceRevisions),
      };
    },

    /**
     * Back to the last deployment that completed; which one cannot be chosen. The scheduler does it. One that is being
     * stopped or rolled back already goes on. Source: "Stopping Amazon ECS service deployments".
     */
    async StopServiceDeployment(input) {
      if (!input.serviceDeploymentArn) throw invalid('serviceDeploymentArn cannot be empty.');
      const run = store.state.serviceDeployments[input.serviceDeploymentArn];
      if (!run) {
        throw new AwsError('ServiceDeploymentNotFoundException', 'The service deployment does not exist.');
      }
      // ABORT is in the API's enumeration, but "the valid values are ROLLBACK".
      if ((input.stopType ?? 'ROLLBACK') !== 'ROLLBACK') throw invalid('The stop type must be ROLLBACK.');
      if (!requestRollback(run, Date.now())) {
        throw new AwsError(
          'ConflictException',
          `The service deployment cannot be stopped: it is ${run.status}.`,
        );
      }
      return controller.saveAndKick(run.serviceArn, { serviceDeploymentArn: run.arn });
    },
  };
}

function atMostTwenty(arns: readonly string[] | undefined, member: string): readonly string[] {
  if (!arns?.length) throw invalid(`${member} cannot be empty.`);
  if (arns.length > 20) throw invalid(`${member} cannot have more than 20 elements.`);
  return arns;
}

function missing(
  arns: readonly string[],
  records: Readonly<Record<string, unknown>>,
): { arn: string; reason: string }[] {
  return arns.filter((arn) => !records[arn]).map((arn) => ({ arn, reason: 'MISSING' }));
}
