/**
 * The reads that the pools make, one harmless call each (README.md, "Your own AWS account"). Where a call needs something
 * that need not exist, it names something made up: a refusal comes before AWS looks for it.
 */
import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { FilterLogEventsCommand, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  BatchCheckLayerAvailabilityCommand,
  BatchGetImageCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  GetAuthorizationTokenCommand,
  GetDownloadUrlForLayerCommand,
  GetLifecyclePolicyCommand,
} from '@aws-sdk/client-ecr';
import {
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ListServiceDeploymentsCommand,
  ListServicesCommand,
  ListTaskDefinitionsCommand,
  ListTasksCommand,
} from '@aws-sdk/client-ecs';
import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { DescribeSecretCommand } from '@aws-sdk/client-secrets-manager';
import { DescribeParametersCommand } from '@aws-sdk/client-ssm';
import type { AwsClients } from './aws.ts';

/** What the calls are about: the first environment of slipway.yaml, else names that are made up. */
export interface Subject {
  readonly account: string;
  readonly region: string;
  readonly cluster: string;
  readonly service: string;
  readonly repository: string;
}

export type PoolWithAws = 'build' | 'deploy';

export interface PermissionCall {
  /** `ecs:DescribeServices`. */
  readonly action: string;
  readonly pools: readonly PoolWithAws[];
  /** Undefined: no release works without it. */
  readonly onlyFor?: string;
  /** Asked about something made up: a policy for named resources refuses that, and may do all the same. */
  readonly isMadeUp?: true;
  readonly call: (clients: AwsClients, subject: Subject, signal: AbortSignal) => Promise<unknown>;
}

const NOBODY = 'slipway-doctor';
const NO_DIGEST = `sha256:${'0'.repeat(64)}`;
const NO_TASK = '0'.repeat(32);
const BOTH = ['build', 'deploy'] as const;
const DEPLOY = ['deploy'] as const;

const ecsArn = ({ region, account, cluster, service }: Subject, kind: string, id: string): string =>
  `arn:aws:ecs:${region}:${account}:${kind}/${cluster}/${service}/${id}`;
const balancerArn = ({ region, account }: Subject, rest: string): string =>
  `arn:aws:elasticloadbalancing:${region}:${account}:${rest}/0000000000000000`;

export const PERMISSION_CALLS: readonly PermissionCall[] = [
  {
    action: 'ecs:DescribeServices',
    pools: DEPLOY,
    call: ({ ecs }, { cluster, service }, abortSignal) =>
      ecs.send(new DescribeServicesCommand({ cluster, services: [service] }), { abortSignal }),
  },
  {
    action: 'ecs:DescribeTaskDefinition',
    pools: DEPLOY,
    call: ({ ecs }, _subject, abortSignal) =>
      ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: NOBODY }), { abortSignal }),
  },
  {
    action: 'ecs:ListTaskDefinitions',
    pools: DEPLOY,
    call: ({ ecs }, _subject, abortSignal) =>
      ecs.send(new ListTaskDefinitionsCommand({ familyPrefix: NOBODY, maxResults: 1 }), { abortSignal }),
  },
  {
    action: 'ecs:ListTasks',
    pools: DEPLOY,
    call: ({ ecs }, { cluster }, abortSignal) =>
      ecs.send(new ListTasksCommand({ cluster, maxResults: 1 }), { abortSignal }),
  },
  {
    action: 'ecs:DescribeTasks',
    pools: DEPLOY,
    call: ({ ecs }, { cluster }, abortSignal) =>
      ecs.send(new DescribeTasksCommand({ cluster, tasks: [NO_TASK] }), { abortSignal }),
  },
  {
    action: 'ecs:ListServiceDeployments',
    pools: DEPLOY,
    call: ({ ecs }, { cluster, service }, abortSignal) =>
      ecs.send(new ListServiceDeploymentsCommand({ cluster, service, maxResults: 1 }), { abortSignal }),
  },
  {
    action: 'ecs:DescribeServiceDeployments',
    pools: DEPLOY,
    call: ({ ecs }, subject, abortSignal) =>
      ecs.send(
        new DescribeServiceDeploymentsCommand({
          serviceDeploymentArns: [ecsArn(subject, 'service-deployment', 'none')],
        }),
        { abortSignal },
      ),
  },
  {
    action: 'ecs:DescribeServiceRevisions',
    pools: DEPLOY,
    call: ({ ecs }, subject, abortSignal) =>
      ecs.send(
        new DescribeServiceRevisionsCommand({
          serviceRevisionArns: [ecsArn(subject, 'service-revision', '1')],
        }),
        {
          abortSignal,
        },
      ),
  },
  {
    action: 'ecs:ListServices',
    pools: DEPLOY,
    onlyFor: 'slipway gc',
    call: ({ ecs }, { cluster }, abortSignal) =>
      ecs.send(new ListServicesCommand({ cluster, maxResults: 1 }), { abortSignal }),
  },
  {
    action: 'ecr:GetAuthorizationToken',
    pools: BOTH,
    // The token is not looked at.
    call: ({ ecr }, _subject, abortSignal) => ecr.send(new GetAuthorizationTokenCommand({}), { abortSignal }),
  },
  {
    action: 'ecr:DescribeRepositories',
    pools: DEPLOY,
    call: ({ ecr }, { repository }, abortSignal) =>
      ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [repository] }), { abortSignal }),
  },
  {
    action: 'ecr:DescribeImages',
    pools: BOTH,
    call: ({ ecr }, { repository }, abortSignal) =>
      ecr.send(new DescribeImagesCommand({ repositoryName: repository, maxResults: 1 }), { abortSignal }),
  },
  {
    action: 'ecr:BatchGetImage',
    pools: BOTH,
    call: ({ ecr }, { repository }, abortSignal) =>
      ecr.send(
        new BatchGetImageCommand({ repositoryName: repository, imageIds: [{ imageDigest: NO_DIGEST }] }),
        { abortSignal },
      ),
  },
  {
    action: 'ecr:GetDownloadUrlForLayer',
    pools: BOTH,
    call: ({ ecr }, { repository }, abortSignal) =>
      ecr.send(new GetDownloadUrlForLayerCommand({ repositoryName: repository, layerDigest: NO_DIGEST }), {
        abortSignal,
      }),
  },
  {
    action: 'ecr:BatchCheckLayerAvailability',
    pools: ['build'],
    call: ({ ecr }, { repository }, abortSignal) =>
      ecr.send(
        new BatchCheckLayerAvailabilityCommand({ repositoryName: repository, layerDigests: [NO_DIGEST] }),
        { abortSignal },
      ),
  },
  {
    action: 'ecr:GetLifecyclePolicy',
    pools: DEPLOY,
    onlyFor: 'the warning that a lifecycle rule will delete what a rollback needs',
    call: ({ ecr }, { repository }, abortSignal) =>
      ecr.send(new GetLifecyclePolicyCommand({ repositoryName: repository }), { abortSignal }),
  },
  {
    action: 'secretsmanager:DescribeSecret',
    pools: DEPLOY,
    onlyFor: 'finding out before a release that a secret is missing',
    isMadeUp: true,
    call: ({ secrets }, _subject, abortSignal) =>
      secrets.send(new DescribeSecretCommand({ SecretId: NOBODY }), { abortSignal }),
  },
  {
    action: 'ssm:DescribeParameters',
    pools: DEPLOY,
    onlyFor: 'finding out before a release that a parameter is missing',
    call: ({ parameters }, _subject, abortSignal) =>
      parameters.send(
        new DescribeParametersCommand({
          ParameterFilters: [{ Key: 'Name', Option: 'Equals', Values: [NOBODY] }],
        }),
        { abortSignal },
      ),
  },
  {
    action: 'elasticloadbalancing:DescribeTargetGroups',
    pools: DEPLOY,
    onlyFor: 'health.path, and saying why a target is unhealthy',
    call: ({ balancers }, _subject, abortSignal) =>
      balancers.send(new DescribeTargetGroupsCommand({ PageSize: 1 }), { abortSignal }),
  },
  {
    action: 'elasticloadbalancing:DescribeLoadBalancers',
    pools: DEPLOY,
    onlyFor: 'health.path',
    call: ({ balancers }, _subject, abortSignal) =>
      balancers.send(new DescribeLoadBalancersCommand({ PageSize: 1 }), { abortSignal }),
  },
  {
    action: 'elasticloadbalancing:DescribeListeners',
    pools: DEPLOY,
    onlyFor: 'health.path',
    call: ({ balancers }, subject, abortSignal) =>
      balancers.send(
        new DescribeListenersCommand({ LoadBalancerArn: balancerArn(subject, `loadbalancer/app/${NOBODY}`) }),
        {
          abortSignal,
        },
      ),
  },
  {
    action: 'elasticloadbalancing:DescribeTargetHealth',
    pools: DEPLOY,
    onlyFor: 'saying why a target is unhealthy',
    call: ({ balancers }, subject, abortSignal) =>
      balancers.send(
        new DescribeTargetHealthCommand({ TargetGroupArn: balancerArn(subject, `targetgroup/${NOBODY}`) }),
        {
          abortSignal,
        },
      ),
  },
  {
    action: 'logs:GetLogEvents',
    pools: DEPLOY,
    onlyFor: 'the last lines of a container that failed',
    isMadeUp: true,
    call: ({ logs }, _subject, abortSignal) =>
      logs.send(new GetLogEventsCommand({ logGroupName: NOBODY, logStreamName: NOBODY, limit: 1 }), {
        abortSignal,
      }),
  },
  {
    action: 'logs:FilterLogEvents',
    pools: DEPLOY,
    onlyFor: 'a bake time that looks at logs',
    isMadeUp: true,
    call: ({ logs }, _subject, abortSignal) =>
      logs.send(new FilterLogEventsCommand({ logGroupName: NOBODY, limit: 1 }), { abortSignal }),
  },
  {
    action: 'cloudwatch:DescribeAlarms',
    pools: DEPLOY,
    onlyFor: 'a bake time that looks at alarms',
    call: ({ alarms }, _subject, abortSignal) =>
      alarms.send(new DescribeAlarmsCommand({ MaxRecords: 1 }), { abortSignal }),
  },
];

/** What cannot be tried without doing it. */
export const CHANGES: Readonly<Record<PoolWithAws, readonly string[]>> = {
  build: ['ecr:InitiateLayerUpload', 'ecr:UploadLayerPart', 'ecr:CompleteLayerUpload', 'ecr:PutImage'],
  deploy: [
    'ecs:UpdateService',
    'ecs:RegisterTaskDefinition',
    'ecs:TagResource',
    'ecs:RunTask',
    'ecs:StopTask',
    'ecs:DeregisterTaskDefinition',
    'iam:PassRole',
    'ecr:PutImage',
  ],
};
