// The registry's settings: of its three, the one that changes what our door does is BLOB_MOUNTING.
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutAccountSetting.html
import { AwsError } from '../wire/aws-error.ts';
import type { EcrState } from './state.ts';

/** Each setting's values, the one that stands without a PutAccountSetting first. */
const settings: Readonly<Record<string, readonly string[]>> = {
  BASIC_SCAN_TYPE_VERSION: ['AWS_NATIVE', 'CLAIR'],
  REGISTRY_POLICY_SCOPE: ['V2', 'V1'],
  // Off at ECR until it is asked for. Here a push of the same base image to a second repository stays quick.
  BLOB_MOUNTING: ['ENABLED', 'DISABLED'],
};

/** Throws AwsError `InvalidParameterException` for a name that is not a setting. */
export function accountSetting(state: EcrState, name: string | undefined): string {
  return state.registry?.settings?.[name ?? ''] ?? valuesOf(name)[0] ?? '';
}

/** Throws AwsError `InvalidParameterException` for a name or a value that ECR does not have. */
export function putAccountSetting(
  state: EcrState,
  name: string | undefined,
  value: string | undefined,
): void {
  if (value === undefined || !valuesOf(name).includes(value)) {
    throw invalid('value', `'${value}' is not one of ${valuesOf(name).join(', ')}`);
  }
  const { settings: known, ...rest } = state.registry ?? {};
  state.registry = { ...rest, settings: { ...known, [name ?? '']: value } };
}

export function blobMountingIsOn(state: EcrState): boolean {
  return accountSetting(state, 'BLOB_MOUNTING') === 'ENABLED';
}

function valuesOf(name: string | undefined): readonly string[] {
  const values = Object.hasOwn(settings, name ?? '') ? settings[name ?? ''] : undefined;
  if (values === undefined)
    throw invalid('name', `'${name}' is not one of ${Object.keys(settings).join(', ')}`);
  return values;
}

function invalid(parameter: string, problem: string): AwsError {
  return new AwsError('InvalidParameterException', `Invalid parameter at '${parameter}': ${problem}`);
}
