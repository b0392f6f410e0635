// awsJson1.1, seen from the server: the SDK's own JSON codec reads requests and writes responses.
// Spec: https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
import { JsonShapeDeserializer2, JsonShapeSerializer2 } from '@smithy/core/protocols';
import type { NormalizedSchema } from '@smithy/core/schema';
import type { DocumentType } from '@smithy/types';
import { AwsError } from './aws-error.ts';
import type { JsonService } from './operations.ts';
import { rejectMisfits } from './request-check.ts';
import { checkShape } from './shape-check.ts';

export const jsonContentType = 'application/x-amz-json-1.1';

export function jsonContentTypeOf(service: JsonService): string {
  return `application/x-amz-json-${service.jsonVersion ?? '1.1'}`;
}

// 7 is the schema language's code for epoch seconds, as the SDK's own AwsJsonRpcProtocol sets it.
const settings = { timestampFormat: { useTrait: true, default: 7 }, jsonName: false } as const;

/** Throws AwsError (`SerializationException`, `InvalidParameterException`) for what the schema does not allow. */
export function readJsonInput(service: JsonService, schema: NormalizedSchema, body: Buffer): unknown {
  const json = parseJson(body);
  if (schema.isUnitSchema()) return {};
  rejectMisfits(service, checkShape(schema, json, 'json'));
  return new JsonShapeDeserializer2(settings).readObject(schema, json);
}

export function writeJsonOutput(schema: NormalizedSchema, output: unknown): string {
  if (schema.isUnitSchema()) return '{}';
  const serializer = new JsonShapeSerializer2(settings);
  serializer.write(schema, output);
  const written: unknown = serializer.flush();
  if (!(written instanceof Uint8Array)) return String(written);
  return Buffer.from(written.buffer, written.byteOffset, written.byteLength).toString('utf8');
}

/** `type` is the bare code, or the shape's whole id; clients take either. */
export function writeJsonError(error: AwsError, type: string = error.code): string {
  return JSON.stringify({ __type: type, message: error.message, ...error.fields });
}

function parseJson(body: Buffer): DocumentType {
  const text = body.toString('utf8');
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text) as DocumentType;
  } catch {
    // What JSON.parse says would quote the body, which may hold secrets.
    throw new AwsError('SerializationException', 'The request body is not valid JSON');
  }
}
