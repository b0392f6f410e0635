// There is one registry here. Who names another account's gets the answer that ECR gives for a repository that is
// not there, instead of one of ours by the same name.
import type { Operations } from '../wire/operations.ts';
import { unknownRepository } from './repositories.ts';

interface NamesRegistry {
  readonly registryId?: string | undefined;
  readonly repositoryName?: string | undefined;
}

/** Throws AwsError `RepositoryNotFoundException` before the operation runs. */
export function ofThisRegistry(operations: Operations): Operations {
  return Object.fromEntries(
    Object.entries(operations).map(([name, run]): [string, Operations[string]] => [
      name,
      async (input: never, context) => {
        const { registryId, repositoryName }: NamesRegistry = input;
        if (registryId !== undefined && repositoryName !== undefined && registryId !== context.accountId) {
          throw unknownRepository(repositoryName, registryId);
        }
        return run?.(input, context);
      },
    ]),
  );
}
