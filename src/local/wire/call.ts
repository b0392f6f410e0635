// One API call, protocol by protocol: find the operation, check the caller, run it, write the answer.
// Whatever goes wrong becomes an answer in the caller's protocol; nothing that was thrown leaves as it is.
import { randomUUID } from 'node:crypto';
import { StateSaveError } from '../state-file.ts';
import { queryCodeOf, requireSignature } from './access.ts';
import { AwsError } from './aws-error.ts';
import { decodeBody } from './body.ts';
import { cborContentType, readCborInput, writeCborError, writeCborOutput } from './cbor-protocol.ts';
import { jsonContentTypeOf, readJsonInput, writeJsonError, writeJsonOutput } from './json-protocol.ts';
import type { AwsService, JsonService, QueryService } from './operations.ts';
import { readQueryInput } from './query-input.ts';
import { writeQueryError, writeQueryOutput, xmlContentType } from './query-protocol.ts';
import { rejectMisfits } from './request-check.ts';
import { checkResponse, ResponseDefect } from './response-check.ts';
import { errorShapeId, type OperationSchemas, operationSchemas } from './schema.ts';
import { checkEnums } from './shape-check.ts';
import type { LocalCredentials, SignedRequest } from './signature.ts';

export interface CallHandling {
  readonly credentials: LocalCredentials;
  readonly accountId: string;
  readonly region: string;
  /** Fail a call whose response does not fit its schema, instead of logging it. For tests. */
  readonly strict: boolean;
  readonly log: (line: string) => void;
  /** Sees every answered call, e.g. to have recorded responses checked by another validator. */
  readonly onExchange?: (exchange: Exchange) => void;
}

export interface Exchange {
  readonly service: string;
  readonly operation: string;
  readonly requestBody: string;
  readonly status: number;
  /** JSON or XML; CBOR in base64. */
  readonly responseBody: string;
}

export interface CallAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export function handleJson(
  service: JsonService,
  operation: string,
  request: SignedRequest,
  handling: CallHandling,
): Promise<CallAnswer> {
  return handle(service, operation, request, handling, {
    headers: { 'content-type': jsonContentTypeOf(service) },
    read: (schemas, bytes) => readJsonInput(service, schemas.input, bytes),
    write: (schemas, output) => writeJsonOutput(schemas.output, output),
    writeError: (error) =>
      writeJsonError(error, service.queryCompatible ? errorShapeId(service, error.code) : error.code),
  });
}

export function handleCbor(
  service: JsonService,
  operation: string,
  request: SignedRequest,
  handling: CallHandling,
): Promise<CallAnswer> {
  return handle(service, operation, request, handling, {
    headers: { 'content-type': cborContentType, 'smithy-protocol': 'rpc-v2-cbor' },
    read: (schemas, bytes) => readCborInput(service, schemas.input, bytes),
    write: (schemas, output) => writeCborOutput(schemas.output, output),
    writeError: (error) => writeCborError(service, error),
  });
}

export function handleQuery(
  service: QueryService,
  operation: string,
  form: URLSearchParams,
  request: SignedRequest,
  handling: CallHandling,
): Promise<CallAnswer> {
  return handle(service, operation, request, handling, {
    headers: { 'content-type': xmlContentType },
    read: (schemas) => readQueryInput(service, schemas.input, form),
    write: (schemas, output, requestId) =>
      writeQueryOutput(service, operation, schemas.output, output, requestId),
    writeError: (error, requestId) => writeQueryError(service, error, requestId),
  });
}

interface Protocol {
  readonly headers: Readonly<Record<string, string>>;
  readonly read: (schemas: OperationSchemas, bytes: Buffer) => unknown;
  readonly write: (schemas: OperationSchemas, output: unknown, requestId: string) => string | Uint8Array;
  readonly writeError: (error: AwsError, requestId: string) => string | Uint8Array;
}

async function handle(
  service: AwsService,
  operation: string,
  request: SignedRequest,
  handling: CallHandling,
  protocol: Protocol,
): Promise<CallAnswer> {
  const requestId = randomUUID();
  let status = 200;
  let headers = { ...protocol.headers, 'x-amzn-requestid': requestId };
  let body: string | Uint8Array;
  try {
    requireSignature(service, request, handling.credentials);
    const schemas = operationSchemas(service, operation);
    const run = Object.hasOwn(service.operations, operation) ? service.operations[operation] : undefined;
    if (schemas === undefined || run === undefined) throw unknownOperation(service, operation);
    const bytes = await decodeBody(request.body, request.headers['content-encoding']);
    const input = protocol.read(schemas, Buffer.from(bytes));
    if (service.enums) rejectMisfits(service, checkEnums(operation, input, service.enums));
    const context = { accountId: handling.accountId, region: handling.region, requestId };
    await service.ready?.();
    // The input has just been checked against the schema that the operation's type was generated from.
    const output = await run(input as never, context);
    if (!readsOnly.test(operation)) await service.caughtUp?.();
    checkResponse(`${service.name}:${operation}`, schemas.output, output ?? {}, handling);
    body = protocol.write(schemas, output ?? {}, requestId);
  } catch (thrown) {
    const error = asAwsError(thrown, `${service.name}:${operation}`, requestId, handling.log);
    status = error.statusCode;
    headers = { ...headers, ...errorHeaders(service, error) };
    body = protocol.writeError(error, requestId);
  }
  handling.onExchange?.({
    service: service.name,
    operation,
    requestBody: Buffer.from(request.body).toString('utf8'),
    status,
    responseBody: typeof body === 'string' ? body : Buffer.from(body).toString('base64'),
  });
  return { status, headers, body };
}

/** Reading goes on while the disk is full. */
const readsOnly = /^(Describe|List|Get|BatchGet|BatchCheck|Filter)/;

function errorHeaders(service: AwsService, error: AwsError): Record<string, string> {
  if (service.protocol === 'query') return {};
  if (!service.queryCompatible) return { 'x-amzn-errortype': error.code };
  const fault = error.statusCode >= 500 ? 'Receiver' : 'Sender';
  return {
    'x-amzn-errortype': error.code,
    'x-amzn-query-error': `${queryCodeOf(service, error.code)};${fault}`,
  };
}

function unknownOperation(service: AwsService, operation: string): AwsError {
  return new AwsError(
    service.protocol === 'query' ? 'InvalidAction' : 'UnknownOperationException',
    `Slipway's local AWS does not know the operation ${service.name}:${operation}`,
  );
}

function asAwsError(thrown: unknown, call: string, requestId: string, log: (line: string) => void): AwsError {
  if (thrown instanceof AwsError) return thrown;
  const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  log(`${call} failed (request ${requestId}): ${text}`);
  const mayBeSeen = thrown instanceof ResponseDefect || thrown instanceof StateSaveError;
  const shown = mayBeSeen ? thrown.message : `Internal failure, see request ${requestId}`;
  return new AwsError('ServerException', shown, { statusCode: 500 });
}
