// DescribeParameters: which parameters there are, by name. Values stay where they are.
import type { DescribeParametersCommandInput, DescribeParametersCommandOutput } from '@aws-sdk/client-ssm';
import { AwsError } from '../wire/aws-error.ts';
import type { SdkOperation } from '../wire/operations.ts';
import { type Page, type PageRequest, pageOf } from '../wire/paging.ts';
import { type ReadNames, readParameterKey } from './secret-names.ts';

const pageSize = 50;

const options: Readonly<Record<string, (name: string, value: string) => boolean>> = {
  Equals: (name, value) => name === value,
  BeginsWith: (name, value) => name.startsWith(value),
  Contains: (name, value) => name.includes(value),
};

export function createDescribeParameters(
  names: ReadNames,
): SdkOperation<DescribeParametersCommandInput, DescribeParametersCommandOutput> {
  return async ({ ParameterFilters = [], NextToken, MaxResults }, { accountId, region }) => {
    const tests = ParameterFilters.map(({ Key, Option = 'Equals', Values = [] }) => {
      if (Key !== 'Name') {
        throw new AwsError(
          'InvalidFilterKey',
          `The local Parameter Store filters by Name only, not by ${Key}.`,
        );
      }
      const fits = Object.hasOwn(options, Option) ? options[Option] : undefined;
      if (!fits) throw new AwsError('InvalidFilterOption', `${Option} is no option of the filter Name.`);
      return (name: string): boolean => Values.some((value) => fits(name, value));
    });
    if (MaxResults !== undefined && (MaxResults < 1 || MaxResults > pageSize)) {
      const limit = MaxResults < 1 ? 'greater than or equal to 1' : `less than or equal to ${pageSize}`;
      throw new AwsError(
        'ValidationException',
        `1 validation error detected: Value '${MaxResults}' at 'maxResults' failed to satisfy constraint: Member must have value ${limit}`,
      );
    }
    const all = [...new Set((await names()).flatMap((key) => readParameterKey(key) ?? []))].sort();
    const page = pageIn(
      all.filter((name) => tests.every((test) => test(name))),
      { nextToken: NextToken, maxResults: MaxResults },
    );
    return {
      Parameters: page.items.map((Name) => ({
        Name,
        ARN: `arn:aws:ssm:${region}:${accountId}:parameter${Name.startsWith('/') ? '' : '/'}${Name}`,
        Type: 'SecureString',
        Version: 1,
        Tier: 'Standard',
        DataType: 'text',
      })),
      ...(page.nextToken === undefined ? {} : { NextToken: page.nextToken }),
    };
  };
}

function pageIn(names: readonly string[], request: PageRequest): Page<string> {
  try {
    return pageOf(names, request, pageSize);
  } catch (error) {
    if (error instanceof AwsError)
      throw new AwsError('InvalidNextToken', 'The specified token is not valid.');
    throw error;
  }
}
