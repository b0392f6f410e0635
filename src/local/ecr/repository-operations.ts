// ECR's operations on repositories themselves.
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html and its neighbours
import { randomBytes } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-ecr';
import { AwsError } from '../wire/aws-error.ts';
import type { Operations, SdkOperation } from '../wire/operations.ts';
import { nextTokenOf, pageOf } from '../wire/paging.ts';
import { findRepository, requireRepository } from './repositories.ts';
import { describeMutability, describeRepository, type EcrParts } from './service-parts.ts';
import { type Mutability, mutabilities } from './state.ts';

const namePattern = /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/;

export function repositoryOperations({ file, host }: EcrParts): Operations {
  const create: SdkOperation<sdk.CreateRepositoryCommandInput, sdk.CreateRepositoryCommandOutput> = async (
    input,
    context,
  ) => {
    const name = requireName(input.repositoryName);
    if (findRepository(file.state, name) !== undefined) {
      throw new AwsError(
        'RepositoryAlreadyExistsException',
        `The repository with name '${name}' already exists in the registry with id '${context.accountId}'`,
      );
    }
    const repository = {
      name,
      storedAs: randomBytes(12).toString('hex'),
      createdAtMs: Date.now(),
      ...readMutability(input.imageTagMutability ?? 'MUTABLE', input.imageTagMutabilityExclusionFilters),
      scanOnPush: input.imageScanningConfiguration?.scanOnPush ?? false,
      encryption: {
        encryptionType: input.encryptionConfiguration?.encryptionType ?? 'AES256',
        kmsKey: input.encryptionConfiguration?.kmsKey,
      },
      resourceTags: Object.fromEntries((input.tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? ''])),
      images: {},
      tags: {},
    };
    file.state.repositories[name] = repository;
    return file.saved({ repository: describeRepository(repository, host(), context) });
  };

  const describe: SdkOperation<
    sdk.DescribeRepositoriesCommandInput,
    sdk.DescribeRepositoriesCommandOutput
  > = async (input, context) => {
    const named = input.repositoryNames ?? [];
    const found =
      named.length > 0
        ? named.map((name) => requireRepository(file.state, name, context.accountId))
        : Object.values(file.state.repositories);
    const page = pageOf(found, input, 100);
    return {
      repositories: page.items.map((each) => describeRepository(each, host(), context)),
      ...nextTokenOf(page),
    };
  };

  const remove: SdkOperation<sdk.DeleteRepositoryCommandInput, sdk.DeleteRepositoryCommandOutput> = async (
    input,
    context,
  ) => {
    const repository = requireRepository(file.state, input.repositoryName, context.accountId);
    if (input.force !== true && Object.keys(repository.images).length > 0) {
      throw new AwsError(
        'RepositoryNotEmptyException',
        `The repository with name '${repository.name}' in registry with id '${context.accountId}' cannot be deleted because it still contains images`,
      );
    }
    delete file.state.repositories[repository.name];
    return file.saved({ repository: describeRepository(repository, host(), context) });
  };

  const putMutability: SdkOperation<
    sdk.PutImageTagMutabilityCommandInput,
    sdk.PutImageTagMutabilityCommandOutput
  > = async (input, context) => {
    const repository = requireRepository(file.state, input.repositoryName, context.accountId);
    const filters = input.imageTagMutabilityExclusionFilters;
    Object.assign(repository, readMutability(input.imageTagMutability, filters));
    return file.saved({
      registryId: context.accountId,
      repositoryName: repository.name,
      ...describeMutability(repository),
    });
  };

  const putScanning: SdkOperation<
    sdk.PutImageScanningConfigurationCommandInput,
    sdk.PutImageScanningConfigurationCommandOutput
  > = async (input, context) => {
    const repository = requireRepository(file.state, input.repositoryName, context.accountId);
    repository.scanOnPush = input.imageScanningConfiguration?.scanOnPush ?? false;
    return file.saved({
      registryId: context.accountId,
      repositoryName: repository.name,
      imageScanningConfiguration: { scanOnPush: repository.scanOnPush },
    });
  };

  return {
    CreateRepository: create,
    DescribeRepositories: describe,
    DeleteRepository: remove,
    PutImageTagMutability: putMutability,
    PutImageScanningConfiguration: putScanning,
  };
}

function requireName(name: string | undefined): string {
  if (name !== undefined && name.length >= 2 && name.length <= 256 && namePattern.test(name)) return name;
  throw new AwsError(
    'InvalidParameterException',
    `Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression '${namePattern.source}''`,
  );
}

function readMutability(
  mutability: string | undefined,
  filters: readonly sdk.ImageTagMutabilityExclusionFilter[] | undefined,
): { mutability: Mutability; exclusions: string[] } {
  const known = mutabilities.find((each) => each === mutability);
  const exclusions = (filters ?? []).map(({ filter }) => filter ?? '');
  if (known === undefined)
    throw invalidMutability(`'${mutability}' is not one of ${mutabilities.join(', ')}`);
  const wantsExclusions = known.endsWith('_WITH_EXCLUSION');
  if (wantsExclusions && (exclusions.length < 1 || exclusions.length > 5)) {
    throw invalidMutability(`${known} needs one to five exclusion filters`);
  }
  if (!wantsExclusions && exclusions.length > 0) {
    throw invalidMutability(`${known} takes no exclusion filters`);
  }
  const bad = exclusions.find((each) => !/^[0-9a-zA-Z._*-]{1,128}$/.test(each));
  if (bad !== undefined)
    throw invalidMutability(`'${bad}' is not a filter of letters, digits, '.', '_', '-' and '*'`);
  return { mutability: known, exclusions };
}

function invalidMutability(problem: string): AwsError {
  return new AwsError('InvalidParameterException', `Invalid parameter at 'imageTagMutability': ${problem}`);
}
