// Lets only signed requests with the local key through, and says no in the words of each protocol.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/CommonErrors.html
import { AwsError } from './aws-error.ts';
import type { AwsService } from './operations.ts';
import {
  findSignatureFault,
  type LocalCredentials,
  type SignatureFault,
  type SignedRequest,
} from './signature.ts';

export async function requireSignature(
  service: AwsService,
  request: SignedRequest,
  credentials: LocalCredentials,
): Promise<void> {
  const fault = await findSignatureFault(request, credentials, Date.now());
  if (fault === undefined) return;
  const { code, message } = refusals[service.protocol][fault];
  // The query protocol refuses with 403, the JSON ones with 400.
  throw new AwsError(code, message, { statusCode: service.protocol === 'query' ? 403 : 400 });
}

interface Refusal {
  readonly code: string;
  readonly message: string;
}

const missing = 'Request is missing Authentication Token';
const malformed = 'The Authorization header or X-Amz-Date is not in AWS Signature Version 4 form.';
const unknownKey = 'The security token included in the request is invalid.';
const expired = 'Signature expired: the request was signed more than 15 minutes away from the server clock.';
const mismatch =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.';

const refusals: Readonly<Record<AwsService['protocol'], Readonly<Record<SignatureFault, Refusal>>>> = {
  json: {
    missing: { code: 'MissingAuthenticationTokenException', message: missing },
    malformed: { code: 'IncompleteSignatureException', message: malformed },
    'unknown-key': { code: 'UnrecognizedClientException', message: unknownKey },
    expired: { code: 'InvalidSignatureException', message: expired },
    mismatch: { code: 'InvalidSignatureException', message: mismatch },
  },
  query: {
    missing: { code: 'MissingAuthenticationToken', message: missing },
    malformed: { code: 'IncompleteSignature', message: malformed },
    'unknown-key': { code: 'InvalidClientTokenId', message: unknownKey },
    expired: { code: 'SignatureDoesNotMatch', message: expired },
    mismatch: { code: 'SignatureDoesNotMatch', message: mismatch },
  },
};
