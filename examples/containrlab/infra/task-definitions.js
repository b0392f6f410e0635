// The first revision of each service's task definition. The later ones are Slipway's.
import {
  DeregisterTaskDefinitionCommand,
  ListTaskDefinitionsCommand,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import { created, found, removed } from './report.js';
import { readTaskDefinition } from './settings.js';

/** Gives the ARN of the newest revision, registering one if there is none. */
export async function createTaskDefinition(ecs, service, repositoryUri, executionRoleArn) {
  const definition = await readTaskDefinition(service);
  const [newest] = await listRevisions(ecs, definition.family);
  if (newest) {
    found(`task definition ${nameOf(newest)}`);
    return newest;
  }
  const region = await ecs.config.region();
  const { taskDefinition } = await ecs.send(
    new RegisterTaskDefinitionCommand({
      ...definition,
      executionRoleArn,
      containerDefinitions: definition.containerDefinitions.map((container) => ({
        ...container,
        // No such image is in the repository yet: the first release brings one and names it by its digest.
        image: `${repositoryUri}:bootstrap`,
        logConfiguration: inRegion(container.logConfiguration, region),
      })),
    }),
  );
  created(`task definition ${nameOf(taskDefinition.taskDefinitionArn)}`);
  return taskDefinition.taskDefinitionArn;
}

export async function removeTaskDefinitions(ecs, service) {
  const { family } = await readTaskDefinition(service);
  for (const arn of await listRevisions(ecs, family)) {
    await ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: arn }));
    removed(`task definition ${nameOf(arn)}`);
  }
}

/** Newest first. A prefix finds other families, too: containrlab-runner is one of containrlab-runnerd. */
async function listRevisions(ecs, family) {
  const arns = [];
  let nextToken;
  do {
    const page = await ecs.send(
      new ListTaskDefinitionsCommand({ familyPrefix: family, status: 'ACTIVE', sort: 'DESC', nextToken }),
    );
    arns.push(...page.taskDefinitionArns);
    nextToken = page.nextToken;
  } while (nextToken);
  return arns.filter((arn) => nameOf(arn).split(':')[0] === family);
}

const nameOf = (arn) => arn.split('/').at(-1);

const inRegion = (logConfiguration, region) => ({
  ...logConfiguration,
  options: { ...logConfiguration.options, 'awslogs-region': region },
});
