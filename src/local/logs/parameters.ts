// What CloudWatch Logs refuses before it looks at what there is.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/: each operation's "Request Parameters"
import { AwsError } from '../wire/aws-error.ts';

export function assertLimit(limit: number | undefined, highest: number): void {
  if (limit === undefined || (limit >= 1 && limit <= highest)) return;
  const bound = limit < 1 ? 'greater than or equal to 1' : `less than or equal to ${highest}`;
  throw invalid(
    `1 validation error detected: Value '${limit}' at 'limit' failed to satisfy constraint: Member must have value ${bound}`,
  );
}

/** "If you order the results by event time, you cannot specify the logStreamNamePrefix parameter." */
export function assertOrder(orderBy: string | undefined, logStreamNamePrefix: string | undefined): void {
  if (orderBy !== 'LastEventTime' || logStreamNamePrefix === undefined) return;
  throw invalid('Cannot order by LastEventTime with a logStreamNamePrefix.');
}

/** "If you specify a value for both logStreamNames and logStreamNamePrefix, the action returns an InvalidParameterException error." */
export function assertOneChoice(
  logStreamNames: readonly string[] | undefined,
  logStreamNamePrefix: string | undefined,
): void {
  if (logStreamNames === undefined || logStreamNamePrefix === undefined) return;
  throw invalid('Only one of logStreamNames and logStreamNamePrefix can be specified.');
}

export function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterException', message);
}
