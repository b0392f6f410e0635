// Names of things, in the forms that ECS gives them and clients take apart.
import { randomBytes, randomInt } from 'node:crypto';

export interface Place {
  readonly accountId: string;
  readonly region: string;
}

export const newTaskId = (): string => randomBytes(16).toString('hex');

/** 19 digits, as in `ecs-svc/5437561342765432190`. */
export function newDeploymentNumber(): string {
  let digits = String(randomInt(1, 10));
  while (digits.length < 19) digits += String(randomInt(0, 10));
  return digits;
}

export const deploymentId = (number: string): string => `ecs-svc/${number}`;

/** Service deployments have short ids of their own, e.g. `NCWGC2ZR-taawPAYrIaU5`. */
export const newServiceDeploymentId = (): string => randomBytes(15).toString('base64url');

export function ecsArn(place: Place, resource: string): string {
  return `arn:aws:ecs:${place.region}:${place.accountId}:${resource}`;
}

/** The last part of an ARN, or the name itself: clients send either. */
export function shortName(nameOrArn: string): string {
  return nameOrArn.slice(nameOrArn.lastIndexOf('/') + 1);
}

/** The EC2 instance behind a container instance, as far as one can be shown here. */
export const ec2InstanceId = (containerInstanceArn: string): string =>
  `i-${shortName(containerInstanceArn).slice(0, 17)}`;

export const isArn = (text: string): boolean => text.startsWith('arn:');

/** ECS allows letters, digits, hyphens and underscores, up to 255. `__proto__` is no key of a JSON object here. */
export const isName = (text: string): boolean => /^[A-Za-z0-9_-]{1,255}$/.test(text) && text !== '__proto__';
