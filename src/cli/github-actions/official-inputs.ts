/**
 * The inputs of aws-actions/amazon-ecs-deploy-task-definition (v2.6), so that a workflow which uses it can name this Action
 * instead. What would be done otherwise than it says is refused before anything starts; what Slipway sees to by itself is
 * taken with a warning that says how. docs/github-actions.md has this as a table.
 */
export type OfficialInput =
  /** Means the same here. */
  | { readonly name: string; readonly fate: 'used' }
  | { readonly name: string; readonly fate: 'ignored' | 'refused'; readonly instead: string };

const used = (name: string): OfficialInput => ({ name, fate: 'used' });
const ignored = (name: string, instead: string): OfficialInput => ({ name, fate: 'ignored', instead });
const refused = (name: string, instead: string): OfficialInput => ({ name, fate: 'refused', instead });

const CODEDEPLOY =
  'Slipway rolls services by ECS itself; a service of the CODE_DEPLOY controller cannot be its';
const INFRASTRUCTURE =
  'Slipway leaves it as the service has it; set it where the service is made (Terraform, CDK, …)';
const MIGRATION = '`migration:` in slipway.yaml runs a task before the services, and looks at its exit code';
const ONE_OFF = 'it belongs to `run-task`, which is not asked for';

export const OFFICIAL_INPUTS: readonly OfficialInput[] = [
  used('service'),
  used('cluster'),
  used('wait-for-service-stability'),
  used('wait-for-minutes'),
  used('force-new-deployment'),
  ignored(
    'task-definition',
    'Slipway takes the live task definition (or the file that `taskDefinition:` in slipway.yaml names, at the commit that is released) and puts the digests of the images into it',
  ),
  ignored('wait-max-delay-seconds', 'Slipway looks at ECS every few seconds (`timing.poll` in slipway.yaml)'),
  ignored('max-retries', 'Temporal tries again, for as long as it makes sense'),
  ignored('keep-null-value-keys', 'nothing is removed from a task definition'),
  ignored('enable-ecs-managed-tags', INFRASTRUCTURE),
  ignored('propagate-tags', INFRASTRUCTURE),
  refused(
    'desired-count',
    'Slipway leaves the count as it is; set it where the service is made, or scale it by itself',
  ),
  refused('service-managed-ebs-volume-name', INFRASTRUCTURE),
  refused('service-managed-ebs-volume', INFRASTRUCTURE),
  refused('codedeploy-appspec', CODEDEPLOY),
  refused('codedeploy-application', CODEDEPLOY),
  refused('codedeploy-deployment-group', CODEDEPLOY),
  refused('codedeploy-deployment-description', CODEDEPLOY),
  refused('codedeploy-deployment-config', CODEDEPLOY),
  refused('run-task', MIGRATION),
  ignored('run-task-container-overrides', ONE_OFF),
  ignored('run-task-security-groups', ONE_OFF),
  ignored('run-task-subnets', ONE_OFF),
  ignored('run-task-assign-public-IP', ONE_OFF),
  ignored('run-task-capacity-provider-strategy', ONE_OFF),
  ignored('run-task-launch-type', ONE_OFF),
  ignored('run-task-started-by', ONE_OFF),
  ignored('run-task-tags', ONE_OFF),
  ignored('run-task-managed-ebs-volume-name', ONE_OFF),
  ignored('run-task-managed-ebs-volume', ONE_OFF),
  ignored('wait-for-task-stopped', ONE_OFF),
];

/** Ours, as action.yml has them. */
export const OWN_INPUTS = [
  'app',
  'environment',
  'sha',
  'detach',
  'timeout',
  'allow-older',
  'force',
  'override-freeze',
  'temporal-address',
  'temporal-namespace',
  'temporal-api-key',
  'temporal-ui',
] as const;

export const OUTPUT_NAMES = [
  'workflow-id',
  'run-id',
  'verdict',
  'number',
  'report',
  'temporal-url',
  'task-definition-arn',
] as const;

/** action.yml hands inputs over in the environment, never in a command: `run-task` is INPUT_RUN_TASK. */
export const inputVariable = (name: string): string => `INPUT_${name.replaceAll('-', '_').toUpperCase()}`;
