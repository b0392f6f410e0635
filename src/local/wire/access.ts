// Lets only signed requests with the local key through, and says no in the words of each protocol.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/CommonErrors.html
import { AwsError } from './aws-error.ts';
import type { AwsService } from './operations.ts';
import { queryErrorCode } from './schema.ts';
import {
  findSignatureFault,
  type LocalCredentials,
  type SignatureFault,
  type SignedRequest,
} from './signature.ts';

export function requireSignature(
  service: AwsService,
  request: SignedRequest,
  credentials: LocalCredentials,
): void {
  const fault = findSignatureFault(request, service.name, credentials, Date.now());
  if (fault === undefined) return;
  const code = codes[fault.kind];
  const query = service.protocol === 'query';
  // The query protocol, and who spoke it once, refuse with 403, the JSON ones with 400.
  const forbidden = (query || service.queryCompatible) && fault.kind !== 'malformed';
  throw new AwsError(query ? queryCodeOf(service, code) : code, fault.message, {
    statusCode: forbidden ? 403 : 400,
  });
}

/** The code that the query protocol has for an error of the JSON one. */
export function queryCodeOf(service: AwsService, code: string): string {
  return queryCodes[code] ?? queryErrorCode(service, code);
}

const codes: Readonly<Record<SignatureFault['kind'], string>> = {
  missing: 'MissingAuthenticationTokenException',
  malformed: 'IncompleteSignatureException',
  'unknown-key': 'UnrecognizedClientException',
  expired: 'InvalidSignatureException',
  mismatch: 'InvalidSignatureException',
};

const queryCodes: Readonly<Record<string, string>> = {
  MissingAuthenticationTokenException: 'MissingAuthenticationToken',
  IncompleteSignatureException: 'IncompleteSignature',
  UnrecognizedClientException: 'InvalidClientTokenId',
  InvalidSignatureException: 'SignatureDoesNotMatch',
  UnknownOperationException: 'InvalidAction',
};
