// Requests that are good as they are, for operations whose inputs are too rich to be hit by chance.
import { type Memory, pick, type Random } from './random-input.ts';

type Make = (random: Random, memory: Memory) => Record<string, unknown>;

const name = (random: Random): string => pick(random, ['before', 'n1', 'n2', 'n3']);
const cluster = (random: Random): string => pick(random, ['before', 'before', 'before', 'n1']);
const recalled = (memory: Memory, member: string, random: Random): string =>
  memory.recall(member, random) ?? 'missing';
const container = (random: Random): Record<string, unknown> => ({
  name: 'web',
  image: 'localhost:5000/web:1',
  memory: 64,
  essential: true,
  portMappings: [{ containerPort: 8080, name: 'http' }],
  environment: [{ name: 'A', value: 'b' }],
  dockerLabels: { a: 'b' },
  healthCheck: { command: ['CMD', 'true'], interval: 5 },
  dependsOn: [],
  stopTimeout: Math.floor(random() * 3),
  ulimits: [{ name: 'nofile', softLimit: 1, hardLimit: 2 }],
});

export const seeds: Readonly<Record<string, Make>> = {
  RegisterTaskDefinition: (random) => ({
    family: name(random),
    networkMode: pick(random, ['bridge', 'awsvpc']),
    cpu: '256',
    memory: '512',
    requiresCompatibilities: ['FARGATE', 'EC2'].slice(Math.floor(random() * 3)),
    runtimePlatform: { cpuArchitecture: 'X86_64', operatingSystemFamily: 'LINUX' },
    containerDefinitions: [container(random)],
    tags: [{ key: 'a', value: 'b' }],
  }),
  CreateService: (random) => ({
    cluster: cluster(random),
    serviceName: name(random),
    taskDefinition: 'before',
    desiredCount: Math.floor(random() * 3),
    deploymentConfiguration: {
      minimumHealthyPercent: pick(random, [0, 50, 100]),
      maximumPercent: 200,
      deploymentCircuitBreaker: { enable: true, rollback: random() < 0.5 },
      alarms: { alarmNames: ['n1'], enable: true, rollback: true },
    },
    launchType: pick(random, ['EC2', 'EC2', 'FARGATE']),
    tags: [{ key: 'a', value: 'b' }],
    propagateTags: 'SERVICE',
  }),
  UpdateService: (random) => ({
    cluster: cluster(random),
    service: name(random),
    taskDefinition: pick(random, ['before', 'n1', 'n2']),
    desiredCount: Math.floor(random() * 4),
    forceNewDeployment: random() < 0.5,
    deploymentConfiguration: { minimumHealthyPercent: pick(random, [0, 100]), maximumPercent: 200 },
  }),
  DeleteService: (random) => ({ cluster: cluster(random), service: name(random), force: random() < 0.8 }),
  DescribeServices: (random) => ({ cluster: cluster(random), services: [name(random)], include: ['TAGS'] }),
  RunTask: (random) => ({
    cluster: cluster(random),
    taskDefinition: 'before',
    count: 1 + Math.floor(random() * 2),
    clientToken: name(random),
    overrides: { containerOverrides: [{ name: 'web', command: ['x'], environment: [] }] },
    startedBy: 'fuzz',
  }),
  StopTask: (random, memory) => ({
    cluster: cluster(random),
    task: recalled(memory, 'task', random),
    reason: 'x',
  }),
  DescribeTasks: (random, memory) => ({
    cluster: cluster(random),
    tasks: [recalled(memory, 'task', random)],
  }),
  StopServiceDeployment: (random, memory) => ({
    serviceDeploymentArn: recalled(memory, 'serviceDeploymentArn', random),
    stopType: 'ROLLBACK',
  }),
  PutMetricAlarm: (random) => ({
    AlarmName: name(random),
    MetricName: 'M',
    Namespace: 'N',
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanThreshold',
    Dimensions: [{ Name: 'a', Value: 'b' }],
    Tags: [{ Key: 'a', Value: 'b' }],
  }),
  SetAlarmState: (random) => ({
    AlarmName: name(random),
    StateValue: pick(random, ['OK', 'ALARM', 'INSUFFICIENT_DATA']),
    StateReason: 'x',
  }),
  CreateTargetGroup: (random) => ({
    Name: name(random),
    Protocol: 'HTTP',
    Port: 80,
    VpcId: 'vpc-1',
    TargetType: 'ip',
    HealthCheckPath: '/health',
    HealthCheckIntervalSeconds: 5,
    Matcher: { HttpCode: '200-299' },
    Tags: [{ Key: 'a', Value: 'b' }],
  }),
  ModifyTargetGroup: (random, memory) => ({
    TargetGroupArn: recalled(memory, 'TargetGroupArn', random),
    HealthCheckPath: '/x',
    HealthyThresholdCount: 2,
  }),
  RegisterTargets: (random, memory) => ({
    TargetGroupArn: recalled(memory, 'TargetGroupArn', random),
    Targets: [{ Id: '127.0.0.1', Port: 1 }],
  }),
  DescribeTargetHealth: (random, memory) => ({ TargetGroupArn: recalled(memory, 'TargetGroupArn', random) }),
  CreateLoadBalancer: (random) => ({
    Name: name(random),
    Subnets: ['a'],
    Scheme: 'internal',
    Type: 'application',
  }),
  CreateListener: (random, memory) => ({
    LoadBalancerArn: recalled(memory, 'LoadBalancerArn', random),
    Protocol: 'HTTP',
    Port: Number(memory.recall('freePort', random)),
    DefaultActions: [{ Type: 'forward', TargetGroupArn: recalled(memory, 'TargetGroupArn', random) }],
  }),
  CreateRepository: (random) => ({
    repositoryName: name(random),
    imageTagMutability: pick(random, ['MUTABLE', 'IMMUTABLE']),
    tags: [{ Key: 'a', Value: 'b' }],
  }),
  PutImage: (random) => ({
    repositoryName: name(random),
    imageTag: pick(random, ['latest', 'constructor', 'v1']),
    imageManifest: JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: {
        mediaType: 'application/vnd.oci.image.config.v1+json',
        digest: `sha256:${'0'.repeat(64)}`,
        size: 2,
      },
      layers: [],
    }),
  }),
  BatchGetImage: (random) => ({ repositoryName: name(random), imageIds: [{ imageTag: 'latest' }] }),
  DescribeImages: (random) => ({ repositoryName: name(random), imageIds: [{ imageTag: 'constructor' }] }),
  PutLogEvents: (random) => ({
    logGroupName: name(random),
    logStreamName: name(random),
    logEvents: [{ timestamp: Date.now(), message: 'hello' }],
  }),
  CreateLogGroup: (random) => ({ logGroupName: name(random), tags: { a: 'b' } }),
  CreateCluster: (random) => ({ clusterName: name(random), tags: [{ key: 'a', value: 'b' }] }),
  CreateLogStream: (random) => ({ logGroupName: name(random), logStreamName: name(random) }),
  GetLogEvents: (random) => ({
    logGroupName: name(random),
    logStreamName: name(random),
    startFromHead: true,
  }),
  FilterLogEvents: (random) => ({
    logGroupName: name(random),
    filterPattern: pick(random, ['hello', '?a ?b', '"x y"']),
  }),
};
