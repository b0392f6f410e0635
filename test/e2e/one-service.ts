/**
 * A plain one-service repository and its infrastructure, as somebody other than us would have them: a Dockerfile,
 * a program, a test, and a short `slipway.yaml`.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
  ModifyTargetGroupAttributesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { execa } from 'execa';

export const DOCKERFILE = `FROM python:3.11-slim
COPY hello.py .
CMD ["python", "hello.py"]
ARG COMMIT_SHA=unknown
ENV COMMIT_SHA=$COMMIT_SHA
`;

export const PROGRAM = `import os, signal, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Hello(BaseHTTPRequestHandler):
    def do_GET(self):
        body = ('{"commit": "%s", "says": "hello"}' % os.environ.get("COMMIT_SHA")).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ThreadingHTTPServer(("", 8080), Hello).serve_forever()
`;

const CONFIGURATION = `app: hello
checks:
  compiles: { run: python3 -m py_compile hello.py }
images:
  hello: { repository: hello }
services:
  hello: { image: hello, health: { path: /, commit: commit } }
environments:
  production: { cluster: hello, timing: { poll: 1s } }
`;

const git = (folder: string, ...args: readonly string[]) =>
  execa('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', '-C', folder, ...args]);

export const makeRepository = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true });
  await git(folder, 'init', '--quiet', '--initial-branch', 'main');
  await writeFile(join(folder, 'Dockerfile'), DOCKERFILE);
  await writeFile(join(folder, 'slipway.yaml'), CONFIGURATION);
};

/** Commits the program after an edit; returns the full SHA. */
export const commitProgram = async (
  folder: string,
  subject: string,
  edit: (program: string) => string = (program) => program,
): Promise<string> => {
  await writeFile(join(folder, 'hello.py'), edit(PROGRAM));
  await git(folder, 'add', '--all');
  await git(folder, 'commit', '--quiet', '--allow-empty', '--message', subject);
  return (await git(folder, 'rev-parse', 'HEAD')).stdout;
};

export interface AwsEnvironment {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Cluster, repository, load balancer and a service that has never run anything: no image exists yet. */
export const makeInfrastructure = async (aws: AwsEnvironment, port: number): Promise<void> => {
  const ecs = new ECSClient(aws);
  const balancers = new ElasticLoadBalancingV2Client(aws);
  const { repository } = await new ECRClient(aws).send(
    new CreateRepositoryCommand({ repositoryName: 'hello' }),
  );
  await ecs.send(new CreateClusterCommand({ clusterName: 'hello' }));
  const { LoadBalancers } = await balancers.send(
    new CreateLoadBalancerCommand({ Name: 'hello', Subnets: ['subnet-1'] }),
  );
  const { TargetGroups } = await balancers.send(
    new CreateTargetGroupCommand({
      Name: 'hello',
      Protocol: 'HTTP',
      Port: 8080,
      TargetType: 'ip',
      VpcId: 'vpc-1',
      HealthCheckPath: '/',
    }),
  );
  const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn;
  await balancers.send(
    new ModifyTargetGroupAttributesCommand({
      TargetGroupArn,
      Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '5' }],
    }),
  );
  await balancers.send(
    new CreateListenerCommand({
      LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn,
      Protocol: 'HTTP',
      Port: port,
      DefaultActions: [{ Type: 'forward', TargetGroupArn }],
    }),
  );
  const { taskDefinition } = await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: 'hello',
      requiresCompatibilities: ['FARGATE'],
      networkMode: 'awsvpc',
      cpu: '256',
      memory: '512',
      // As Fargate wants it where a container logs to CloudWatch Logs.
      executionRoleArn: 'arn:aws:iam::000000000000:role/execution',
      containerDefinitions: [
        {
          name: 'app',
          image: `${repository?.repositoryUri}:none-yet`,
          portMappings: [{ containerPort: 8080 }],
          logConfiguration: {
            logDriver: 'awslogs',
            options: {
              'awslogs-group': '/hello',
              'awslogs-region': aws.region,
              'awslogs-stream-prefix': 'hello',
              'awslogs-create-group': 'true',
            },
          },
        },
      ],
    }),
  );
  await ecs.send(
    new CreateServiceCommand({
      cluster: 'hello',
      serviceName: 'hello',
      taskDefinition: taskDefinition?.taskDefinitionArn,
      desiredCount: 1,
      launchType: 'FARGATE',
      networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
      loadBalancers: [{ targetGroupArn: TargetGroupArn, containerName: 'app', containerPort: 8080 }],
    }),
  );
};
