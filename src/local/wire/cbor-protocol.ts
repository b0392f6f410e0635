// Smithy RPC v2 CBOR, seen from the server: CloudWatch's newer clients (botocore, awscli, Go, Java) speak it.
// Spec: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
import { CborCodec, cbor } from '@smithy/core/cbor';
import type { NormalizedSchema } from '@smithy/core/schema';
import { AwsError } from './aws-error.ts';
import type { JsonService } from './operations.ts';
import { rejectMisfits } from './request-check.ts';
import { errorShapeId } from './schema.ts';
import { checkShape } from './shape-check.ts';

export const cborContentType = 'application/cbor';

/** `/service/GraniteServiceVersion20100801/operation/DescribeAlarms`; a client may have a prefix before it. */
export function parseCborPath(path: string): { service: string; operation: string } | undefined {
  const match = /\/service\/([^/]+)\/operation\/([^/]+)$/.exec(path);
  return match === null ? undefined : { service: match[1] ?? '', operation: match[2] ?? '' };
}

/** Throws AwsError (`SerializationException`, or the service's code for a missing member). */
export function readCborInput(service: JsonService, schema: NormalizedSchema, body: Buffer): unknown {
  if (schema.isUnitSchema()) return {};
  let input: unknown = {};
  try {
    if (body.length > 0) input = new CborCodec().createDeserializer().read(schema, body);
  } catch {
    throw new AwsError('SerializationException', 'The request body is not valid CBOR');
  }
  rejectMisfits(service, checkShape(schema, input, 'object'));
  return input;
}

export function writeCborOutput(schema: NormalizedSchema, output: unknown): Uint8Array {
  const serializer = new CborCodec().createSerializer();
  // A response without members is an empty map.
  serializer.write(schema.isUnitSchema() ? 15 : schema, schema.isUnitSchema() ? {} : output);
  return serializer.flush();
}

export function writeCborError(service: JsonService, error: AwsError): Uint8Array {
  const members = { __type: errorShapeId(service, error.code), message: error.message, ...error.fields };
  // CBOR has no undefined.
  return cbor.serialize(
    Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)),
  );
}
