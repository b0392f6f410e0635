// Secrets Manager and Parameter Store, as far as deployers ask whether a secret is there before they rely on it.
// Both read the file that tasks get their secrets from, anew at each call; no operation gives a value away.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html
import * as secretSchemas from '@aws-sdk/client-secrets-manager';
import * as parameterSchemas from '@aws-sdk/client-ssm';
import type { JsonService, Operations } from '../wire/operations.ts';
import { createDescribeParameters } from './describe-parameters.ts';
import { createDescribeSecret } from './describe-secret.ts';
import { readSecretNames } from './secret-names.ts';

export function createSecrets(secretsFile: string): readonly JsonService[] {
  const names = () => readSecretNames(secretsFile);
  const describeSecret: Operations = { DescribeSecret: createDescribeSecret(names) };
  const describeParameters: Operations = { DescribeParameters: createDescribeParameters(names) };
  return [
    {
      name: 'secretsmanager',
      protocol: 'json',
      targetPrefix: 'secretsmanager',
      validationCode: 'InvalidParameterException',
      schemas: secretSchemas,
      operations: describeSecret,
    },
    {
      name: 'ssm',
      protocol: 'json',
      targetPrefix: 'AmazonSSM',
      validationCode: 'ValidationException',
      schemas: parameterSchemas,
      operations: describeParameters,
    },
  ];
}
