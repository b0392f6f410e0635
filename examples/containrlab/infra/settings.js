// What the sample consists of in AWS, and what an account has to say about where it goes.
import { readFile } from 'node:fs/promises';

export const APP = 'containrlab';

/** In the order in which they are created: each calls the one before it. */
export const SERVICES = ['runner', 'runnerd', 'api', 'web'];

/** Those behind the load balancer; the others are reached through Service Connect only. */
export const BALANCED = ['api', 'web'];

export const CONTAINER_PORT = 8080;
export const DESIRED_COUNT = { runner: 1, runnerd: 1, api: 2, web: 2 };

export const repositoryName = (service) => `${APP}/${service}`;
export const targetGroupName = (service) => `${APP}-${service}`;

/** Where the services go. An AWS account has to name its network; the local stack has only one. */
export function readSettings(env = process.env) {
  const local = Boolean(env.AWS_ENDPOINT_URL);
  const missing = [];
  const read = (name, localDefault) => {
    const value = env[name] || (local ? localDefault : undefined);
    if (!value) missing.push(name);
    return value;
  };
  const settings = {
    vpcId: read('VPC_ID', 'vpc-local'),
    subnets: read('SUBNETS', 'subnet-local-a,subnet-local-b')?.split(','),
    securityGroups: read('SECURITY_GROUPS', 'sg-local')?.split(','),
    // Fargate needs it to pull from ECR and to write logs. The local stack has no roles, but insists on a name, too.
    executionRoleArn: read('EXECUTION_ROLE_ARN', 'arn:aws:iam::000000000000:role/local'),
    assignPublicIp: env.ASSIGN_PUBLIC_IP === 'true',
    listenerPorts: { api: readPort(env, 'API_PORT', 8081), web: readPort(env, 'WEB_PORT', 8080) },
  };
  if (missing.length > 0) {
    throw new Error(`set ${missing.join(', ')} (README.md, "On AWS"), or AWS_ENDPOINT_URL for a local stack`);
  }
  return settings;
}

function readPort(env, name, otherwise) {
  const port = Number(env[name] || otherwise);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(`${name} is "${env[name]}", not a port`);
  }
  return port;
}

export async function readTaskDefinition(service) {
  return JSON.parse(await readFile(new URL(`task-definitions/${service}.json`, import.meta.url), 'utf8'));
}
