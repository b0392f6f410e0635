// STS as far as a local account needs it: everyone is the account's root.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
import * as schemas from '@aws-sdk/client-sts';
import type { QueryService, SdkOperation } from '../wire/operations.ts';

export function createSts(): QueryService {
  return {
    name: 'sts',
    protocol: 'query',
    version: '2011-06-15',
    xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    schemas,
    operations: { GetCallerIdentity: getCallerIdentity },
  };
}

const getCallerIdentity: SdkOperation<
  schemas.GetCallerIdentityCommandInput,
  schemas.GetCallerIdentityCommandOutput
> = async (_input, { accountId }) => ({
  UserId: accountId,
  Account: accountId,
  Arn: `arn:aws:iam::${accountId}:root`,
});
