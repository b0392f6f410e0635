// The one way an operation of the local AWS says no: an error that clients see under its AWS code.
// Anything else that is thrown is a bug and reaches the client as `ServerException` (HTTP 500), without its text.

export interface AwsErrorOptions {
  /** HTTP status. SDKs retry 5xx, so use it only for what a retry can mend. Default 400. */
  readonly statusCode?: number;
  /** Further members of the error's shape, as the service's model names them. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** `code` is the bare shape name, e.g. `ClusterNotFoundException`: the wire adds what its protocol needs. */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  readonly code: string;
  readonly statusCode: number;
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, options: AwsErrorOptions = {}) {
    super(message);
    this.code = code;
    this.statusCode = options.statusCode ?? 400;
    this.fields = options.fields ?? {};
  }
}
