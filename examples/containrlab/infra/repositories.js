// The ECR repositories, one for each service.
import {
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeRepositoriesCommand,
} from '@aws-sdk/client-ecr';
import { created, found, removed, unlessMissing } from './report.js';
import { repositoryName } from './settings.js';

/** Gives the repository's URI. */
export async function createRepository(ecr, service) {
  const name = repositoryName(service);
  const existing = await unlessMissing('RepositoryNotFoundException', () =>
    ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [name] })),
  );
  if (existing) {
    found(`repository ${name}`);
    return existing.repositories[0].repositoryUri;
  }
  const { repository } = await ecr.send(new CreateRepositoryCommand({ repositoryName: name }));
  created(`repository ${name}`);
  return repository.repositoryUri;
}

/** With all images in it. */
export async function removeRepository(ecr, service) {
  const name = repositoryName(service);
  const answer = await unlessMissing('RepositoryNotFoundException', () =>
    ecr.send(new DeleteRepositoryCommand({ repositoryName: name, force: true })),
  );
  if (answer) removed(`repository ${name} and its images`);
}
