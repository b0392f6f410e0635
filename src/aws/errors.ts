/**
 * One place that turns what an AWS client throws into our own errors: what is worth another try, what is
 * refused for good, and what the reader can do about it (facts/temporal.md 3: retries belong to Temporal).
 */
import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';
import { RefusedByServiceError, SlipwayError, TransientError } from '../errors.ts';

interface AwsErrorLike extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

const NETWORK_CODES = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_SOCKET',
]);

const EXPIRED_NAMES = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'RequestExpired',
  'TokenRefreshRequired',
]);

const DENIED_NAMES = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'UnauthorizedOperation',
  'UnrecognizedClientException',
]);

/** Quotas share a name with throttles in other services; in ECS and ECR waiting does not lift them. */
const QUOTA_NAMES = new Set(['LimitExceededException']);

/** ECS says "again, please" in a 400 that looks like any other (facts/ecs-deployers.md 3.7). */
const CONCURRENT_CHANGE = /too many concurrent attempts/i;

const EXPIRED_MESSAGE = /signature expired|token (has |is |included in the request is )?expired/i;

/** True for a failure of the way to a service rather than an answer of it. Looks through `cause`s. */
export function isNetworkError(error: unknown): boolean {
  for (let current = error, depth = 0; isErrorLike(current) && depth < 5; depth += 1) {
    const code = (current as AwsErrorLike).code;
    if (code !== undefined && NETWORK_CODES.has(code)) return true;
    // The SDK re-creates an error of another realm (jest's) without its code: only the message is left.
    if (current.message.startsWith('AWS SDK error wrapper for') && codesIn(current.message)) return true;
    current = current.cause;
  }
  return false;
}

/** AWS knows the call, and does not allow it; or does not know who makes it. */
export const isDenied = (error: unknown): boolean => isErrorLike(error) && DENIED_NAMES.has(error.name);

const codesIn = (message: string): boolean =>
  message.split(/[^A-Z_]+/).some((word) => NETWORK_CODES.has(word));

/** By shape, as errors of another realm (a test's, the workflow sandbox's) are no `instanceof Error`. */
const isErrorLike = (value: unknown): value is Error =>
  typeof value === 'object' && value !== null && 'name' in value && 'message' in value;

function adviceFor(error: AwsErrorLike, operation: string): string {
  if (DENIED_NAMES.has(error.name)) {
    return `give the role of this worker the permission for ${operation}, or check its credentials and region (AWS_REGION)`;
  }
  if (QUOTA_NAMES.has(error.name)) return 'raise the quota of the account, or remove what is no longer used';
  if (/NotFound|NotActive/.test(error.name)) {
    return 'create it first (Slipway never creates clusters, services or repositories), or correct its name and the region';
  }
  return 'correct what the message names; trying again changes nothing';
}

/**
 * Maps what an AWS SDK client threw at `operation` (`ecs:UpdateService`).
 * Throttling, network, time-outs, 5xx and expired credentials are a {@link TransientError}; AccessDenied,
 * validation, quotas and missing things a {@link RefusedByServiceError}. What is no answer of AWS – an abort
 * that Temporal must see, an error of ours – comes back as it is.
 */
export function mapAwsError(error: unknown, operation: string): Error {
  if (error instanceof SlipwayError) return error;
  if (!isErrorLike(error)) return new Error(`${operation}: ${String(error)}`);
  if (error.name === 'AbortError') return error;
  const failure: AwsErrorLike = error;
  const summary = `${operation}: ${failure.name}: ${failure.message || 'no message'}`;
  if (failure.name === 'CredentialsProviderError') {
    return new TransientError(summary, {
      cause: error,
      advice: 'this worker finds no valid AWS credentials: give it a role, or renew its session',
    });
  }
  if (isNetworkError(error) || failure.name === 'TimeoutError')
    return new TransientError(summary, { cause: error });
  if (EXPIRED_NAMES.has(failure.name) || EXPIRED_MESSAGE.test(failure.message)) {
    return new TransientError(summary, {
      cause: error,
      advice: 'the AWS credentials of this worker have expired: renew them, and the release goes on',
    });
  }
  if (failure.$metadata === undefined) return error;
  const status = failure.$metadata.httpStatusCode;
  const again =
    !QUOTA_NAMES.has(failure.name) &&
    (isThrottlingError(failure as never) ||
      isTransientError(failure as never) ||
      isServerError(failure as never) ||
      (status !== undefined && (status >= 500 || status === 429)) ||
      CONCURRENT_CHANGE.test(failure.message));
  // An answer that is not AWS's at all (an HTML page of a proxy) fails in the parser, with a 2xx or no status.
  if (again || error.name === 'SyntaxError') return new TransientError(summary, { cause: error });
  return new RefusedByServiceError(summary, { cause: error, advice: adviceFor(failure, operation) });
}

/** Runs one AWS call and maps what it throws. */
export async function callAws<T>(operation: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw mapAwsError(error, operation);
  }
}
