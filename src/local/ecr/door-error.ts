// Errors in the form that docker shows: `{"errors":[{"code","message"}]}`, with the texts of ECR's own door.
// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
import type { ServerResponse } from 'node:http';
import { AwsError } from '../wire/aws-error.ts';

export class DoorError extends Error {
  override readonly name = 'DoorError';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/**
 * Both doors obey the same rules; this gives an API error the face that it has at this one. Seen of ECR:
 * BLOB_UPLOAD_UNKNOWN for missing layers (oras-project/oras-py#54), 400 for a missing part of an index (of buildx's
 * cache: aws/containers-roadmap#876), and 405 UNSUPPORTED for whatever it does not accept
 * (aws/containers-roadmap#2783, containers/image#584, google/go-containerregistry#681).
 */
export function asDoorError(error: unknown): DoorError | undefined {
  if (error instanceof DoorError) return error;
  if (!(error instanceof AwsError)) return undefined;
  switch (error.code) {
    case 'RepositoryNotFoundException':
      return new DoorError(404, 'NAME_UNKNOWN', error.message);
    case 'ImageTagAlreadyExistsException':
      return new DoorError(400, 'TAG_INVALID', error.message);
    case 'LayersNotFoundException':
      return new DoorError(404, 'BLOB_UPLOAD_UNKNOWN', error.message);
    case 'ReferencedImagesNotFoundException':
      return new DoorError(400, 'MANIFEST_BLOB_UNKNOWN', error.message);
    case 'RequestEntityTooLarge':
      return new DoorError(413, 'SIZE_INVALID', error.message);
    default:
      return new DoorError(405, 'UNSUPPORTED', error.message);
  }
}

export function sendDoorError(response: ServerResponse, { status, code, message }: DoorError): void {
  const body = JSON.stringify({ errors: [{ code, message }] });
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
