// DescribeSecret: a secret's name and the labels of its versions, by ARN (with or without the random characters) or name.
import { createHash } from 'node:crypto';
import type {
  DescribeSecretCommandInput,
  DescribeSecretCommandOutput,
} from '@aws-sdk/client-secrets-manager';
import { AwsError } from '../wire/aws-error.ts';
import type { SdkOperation } from '../wire/operations.ts';
import { type NamedSecret, type ReadNames, randomSuffix, readSecretArn } from './secret-names.ts';

export function createDescribeSecret(
  names: ReadNames,
): SdkOperation<DescribeSecretCommandInput, DescribeSecretCommandOutput> {
  return async ({ SecretId = '' }) => {
    const versions = (await names()).flatMap((key) => readSecretArn(key) ?? []).filter(matches(SecretId));
    const [found] = versions;
    if (found === undefined) {
      throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    }
    return {
      ARN: found.arn,
      Name: found.name,
      VersionIdsToStages: Object.fromEntries(
        versions.map((version) => [version.version ?? idOf(version), [version.stage]]),
      ),
    };
  };
}

function matches(wanted: string): (secret: NamedSecret) => boolean {
  return ({ arn, name }) => {
    const short = arn.replace(randomSuffix, '');
    // A file that leaves the characters out stands for the secret that has them.
    return wanted === arn || wanted === short || wanted === name || wanted.replace(randomSuffix, '') === arn;
  };
}

/** The same at each call, as a version's id is. */
function idOf({ arn, stage }: NamedSecret): string {
  const hex = createHash('sha256').update(`${arn} ${stage}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
