// Policies are stored and given back; nothing here expires images or checks IAM.
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutLifecyclePolicy.html, API_SetRepositoryPolicy.html
import type * as sdk from '@aws-sdk/client-ecr';
import { AwsError } from '../wire/aws-error.ts';
import type { Operations, SdkOperation } from '../wire/operations.ts';
import { requireLifecyclePolicy } from './lifecycle-policy.ts';
import { requireRepository } from './repositories.ts';
import type { EcrParts } from './service-parts.ts';

export function policyOperations({ file }: EcrParts): Operations {
  const putLifecycle: SdkOperation<
    sdk.PutLifecyclePolicyCommandInput,
    sdk.PutLifecyclePolicyCommandOutput
  > = async (input, { accountId }) => {
    const repository = requireRepository(file.state, input.repositoryName, accountId);
    const text = requireLifecyclePolicy(input.lifecyclePolicyText);
    repository.lifecyclePolicy = text;
    return file.saved({ registryId: accountId, repositoryName: repository.name, lifecyclePolicyText: text });
  };

  const getLifecycle: SdkOperation<
    sdk.GetLifecyclePolicyCommandInput,
    sdk.GetLifecyclePolicyCommandOutput
  > = async (input, { accountId }) => {
    const { name, lifecyclePolicy } = requireRepository(file.state, input.repositoryName, accountId);
    if (lifecyclePolicy === undefined) throw noLifecyclePolicy(name, accountId);
    return { registryId: accountId, repositoryName: name, lifecyclePolicyText: lifecyclePolicy };
  };

  const deleteLifecycle: SdkOperation<
    sdk.DeleteLifecyclePolicyCommandInput,
    sdk.DeleteLifecyclePolicyCommandOutput
  > = async (input, { accountId }) => {
    const repository = requireRepository(file.state, input.repositoryName, accountId);
    const text = repository.lifecyclePolicy;
    if (text === undefined) throw noLifecyclePolicy(repository.name, accountId);
    delete repository.lifecyclePolicy;
    return file.saved({ registryId: accountId, repositoryName: repository.name, lifecyclePolicyText: text });
  };

  const setPolicy: SdkOperation<
    sdk.SetRepositoryPolicyCommandInput,
    sdk.SetRepositoryPolicyCommandOutput
  > = async (input, { accountId }) => {
    const repository = requireRepository(file.state, input.repositoryName, accountId);
    const text = requireJson(input.policyText, 'PolicyText');
    repository.policy = text;
    return file.saved({ registryId: accountId, repositoryName: repository.name, policyText: text });
  };

  const getPolicy: SdkOperation<
    sdk.GetRepositoryPolicyCommandInput,
    sdk.GetRepositoryPolicyCommandOutput
  > = async (input, { accountId }) => {
    const { name, policy } = requireRepository(file.state, input.repositoryName, accountId);
    if (policy === undefined) throw noRepositoryPolicy(name, accountId);
    return { registryId: accountId, repositoryName: name, policyText: policy };
  };

  const deletePolicy: SdkOperation<
    sdk.DeleteRepositoryPolicyCommandInput,
    sdk.DeleteRepositoryPolicyCommandOutput
  > = async (input, { accountId }) => {
    const repository = requireRepository(file.state, input.repositoryName, accountId);
    const text = repository.policy;
    if (text === undefined) throw noRepositoryPolicy(repository.name, accountId);
    delete repository.policy;
    return file.saved({ registryId: accountId, repositoryName: repository.name, policyText: text });
  };

  return {
    PutLifecyclePolicy: putLifecycle,
    GetLifecyclePolicy: getLifecycle,
    DeleteLifecyclePolicy: deleteLifecycle,
    SetRepositoryPolicy: setPolicy,
    GetRepositoryPolicy: getPolicy,
    DeleteRepositoryPolicy: deletePolicy,
  };
}

/** Throws AwsError `InvalidParameterException` for what is not a JSON object. */
export function requireJson(text: string | undefined, parameter: string): string {
  try {
    const parsed: unknown = JSON.parse(text ?? '');
    if (typeof parsed === 'object' && parsed !== null) return text ?? '';
  } catch {
    // Said below, in ECR's form.
  }
  throw new AwsError(
    'InvalidParameterException',
    `Invalid parameter at '${parameter}' failed to satisfy constraint: 'Invalid policy: not a JSON object'`,
  );
}

function noLifecyclePolicy(name: string, accountId: string): AwsError {
  return new AwsError(
    'LifecyclePolicyNotFoundException',
    `Lifecycle policy does not exist for the repository with name '${name}' in the registry with id '${accountId}'`,
  );
}

function noRepositoryPolicy(name: string, accountId: string): AwsError {
  return new AwsError(
    'RepositoryPolicyNotFoundException',
    `Repository policy does not exist for the repository with name '${name}' in the registry with id '${accountId}'`,
  );
}
