// ECR's operations on the registry as a whole, as Terraform and others ask for at each refresh.
// Policies, replication and scanning rules are stored and given back; caching and templates do not exist here.
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRegistry.html and its neighbours
import type * as sdk from '@aws-sdk/client-ecr';
import { AwsError } from '../wire/aws-error.ts';
import type { Operations, SdkOperation } from '../wire/operations.ts';
import { accountSetting, putAccountSetting } from './account-settings.ts';
import { requireJson } from './policy-operations.ts';
import { findRepository } from './repositories.ts';
import { type EcrParts, repositoryArn } from './service-parts.ts';
import type { RegistryRecord } from './state.ts';

export function registryOperations({ file }: EcrParts): Operations {
  const change = async (update: Partial<RegistryRecord>): Promise<void> => {
    file.state.registry = { ...file.state.registry, ...update };
    await file.save();
  };
  const requirePolicy = (accountId: string): string => {
    const policy = file.state.registry?.policy;
    if (policy !== undefined) return policy;
    throw new AwsError(
      'RegistryPolicyNotFoundException',
      `Registry policy does not exist in the registry with id '${accountId}'`,
    );
  };

  const describe: SdkOperation<sdk.DescribeRegistryCommandInput, sdk.DescribeRegistryCommandOutput> = async (
    _input,
    { accountId },
  ) => ({
    registryId: accountId,
    replicationConfiguration: {
      rules: (file.state.registry?.replicationRules ?? []) as sdk.ReplicationRule[],
    },
  });

  const putReplication: SdkOperation<
    sdk.PutReplicationConfigurationCommandInput,
    sdk.PutReplicationConfigurationCommandOutput
  > = async (input) => {
    const rules = input.replicationConfiguration?.rules ?? [];
    await change({ replicationRules: rules });
    return { replicationConfiguration: { rules } };
  };

  const putPolicy: SdkOperation<
    sdk.PutRegistryPolicyCommandInput,
    sdk.PutRegistryPolicyCommandOutput
  > = async (input, { accountId }) => {
    const policy = requireJson(input.policyText, 'PolicyText');
    await change({ policy });
    return { registryId: accountId, policyText: policy };
  };

  const getPolicy: SdkOperation<
    sdk.GetRegistryPolicyCommandInput,
    sdk.GetRegistryPolicyCommandOutput
  > = async (_input, { accountId }) => ({ registryId: accountId, policyText: requirePolicy(accountId) });

  const deletePolicy: SdkOperation<
    sdk.DeleteRegistryPolicyCommandInput,
    sdk.DeleteRegistryPolicyCommandOutput
  > = async (_input, { accountId }) => {
    const policyText = requirePolicy(accountId);
    const { policy: _gone, ...rest } = file.state.registry ?? {};
    file.state.registry = rest;
    return file.saved({ registryId: accountId, policyText });
  };

  const scanning = (): sdk.RegistryScanningConfiguration =>
    (file.state.registry?.scanning ?? { scanType: 'BASIC', rules: [] }) as sdk.RegistryScanningConfiguration;

  const getScanning: SdkOperation<
    sdk.GetRegistryScanningConfigurationCommandInput,
    sdk.GetRegistryScanningConfigurationCommandOutput
  > = async (_input, { accountId }) => ({ registryId: accountId, scanningConfiguration: scanning() });

  const putScanning: SdkOperation<
    sdk.PutRegistryScanningConfigurationCommandInput,
    sdk.PutRegistryScanningConfigurationCommandOutput
  > = async (input) => {
    await change({
      scanning: { scanType: input.scanType ?? scanning().scanType ?? 'BASIC', rules: input.rules ?? [] },
    });
    return { registryScanningConfiguration: scanning() };
  };

  const repositoriesScanning: SdkOperation<
    sdk.BatchGetRepositoryScanningConfigurationCommandInput,
    sdk.BatchGetRepositoryScanningConfigurationCommandOutput
  > = async (input, context) => {
    const scanningConfigurations: sdk.RepositoryScanningConfiguration[] = [];
    const failures: sdk.RepositoryScanningConfigurationFailure[] = [];
    for (const repositoryName of input.repositoryNames ?? []) {
      const repository = findRepository(file.state, repositoryName);
      if (repository === undefined) {
        const failureReason = 'The specified repository is not found';
        failures.push({ repositoryName, failureCode: 'REPOSITORY_NOT_FOUND', failureReason });
        continue;
      }
      scanningConfigurations.push({
        repositoryArn: repositoryArn(repositoryName, context),
        repositoryName,
        scanOnPush: repository.scanOnPush,
        scanFrequency: repository.scanOnPush ? 'SCAN_ON_PUSH' : 'MANUAL',
        appliedScanFilters: [],
      });
    }
    return { scanningConfigurations, failures };
  };

  const getSetting: SdkOperation<
    sdk.GetAccountSettingCommandInput,
    sdk.GetAccountSettingCommandOutput
  > = async ({ name }) => ({ name, value: accountSetting(file.state, name) });

  const putSetting: SdkOperation<
    sdk.PutAccountSettingCommandInput,
    sdk.PutAccountSettingCommandOutput
  > = async ({ name, value }) => {
    putAccountSetting(file.state, name, value);
    return file.saved({ name, value });
  };

  const cacheRules: SdkOperation<
    sdk.DescribePullThroughCacheRulesCommandInput,
    sdk.DescribePullThroughCacheRulesCommandOutput
  > = async ({ ecrRepositoryPrefixes = [] }, { accountId }) => {
    const [named] = ecrRepositoryPrefixes;
    if (named === undefined) return { pullThroughCacheRules: [] };
    throw new AwsError(
      'PullThroughCacheRuleNotFoundException',
      `Pull through cache rule with repository prefix '${named}' does not exist in the registry with id '${accountId}'`,
    );
  };

  const templates: SdkOperation<
    sdk.DescribeRepositoryCreationTemplatesCommandInput,
    sdk.DescribeRepositoryCreationTemplatesCommandOutput
  > = async (_input, { accountId }) => ({ registryId: accountId, repositoryCreationTemplates: [] });

  return {
    DescribeRegistry: describe,
    PutReplicationConfiguration: putReplication,
    PutRegistryPolicy: putPolicy,
    GetRegistryPolicy: getPolicy,
    DeleteRegistryPolicy: deletePolicy,
    GetRegistryScanningConfiguration: getScanning,
    PutRegistryScanningConfiguration: putScanning,
    BatchGetRepositoryScanningConfiguration: repositoriesScanning,
    GetAccountSetting: getSetting,
    PutAccountSetting: putSetting,
    DescribePullThroughCacheRules: cacheRules,
    DescribeRepositoryCreationTemplates: templates,
  };
}
