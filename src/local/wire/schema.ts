// The SDK's own runtime schemas, looked up by operation and error name.
// Their static form is `[kind, namespace, name, traits, …]`; see shared/facts/local-aws.md 2.5.
import { NormalizedSchema } from '@smithy/core/schema';
import type { AwsService } from './operations.ts';

export interface OperationSchemas {
  readonly input: NormalizedSchema;
  readonly output: NormalizedSchema;
}

type SchemaRef = Parameters<typeof NormalizedSchema.of>[0];

/** Undefined when the SDK knows no such operation. */
export function operationSchemas(service: AwsService, operation: string): OperationSchemas | undefined {
  const found = service.schemas[`${operation}$`];
  // Operations are kind 9: [9, namespace, name, traits, input, output].
  if (!Array.isArray(found) || found[0] !== 9) return undefined;
  return {
    input: NormalizedSchema.of(found[4] as SchemaRef),
    output: NormalizedSchema.of(found[5] as SchemaRef),
  };
}

/** Names of the members that the model marks as required: the schema lists these first and gives their count. */
export function requiredMembers(struct: NormalizedSchema): readonly string[] {
  const schema: unknown = struct.getSchema();
  if (!Array.isArray(schema)) return [];
  const count: unknown = schema[6];
  return typeof count === 'number' ? (schema[4] as string[]).slice(0, count) : [];
}

/**
 * The code that the query protocol sends for an error shape: `TargetGroupNotFoundException` travels as
 * `TargetGroupNotFound`. Codes without such a trait travel as they are.
 */
export function queryErrorCode(service: AwsService, code: string): string {
  const found = service.schemas[`${code}$`];
  const traits: unknown = Array.isArray(found) ? found[3] : undefined;
  const renamed = (traits as { awsQueryError?: readonly [string, number] } | undefined)?.awsQueryError;
  return renamed?.[0] ?? code;
}

/** `com.amazonaws.cloudwatch#ResourceNotFound`; a code that the model does not know stays bare. */
export function errorShapeId(service: AwsService, code: string): string {
  const found = service.schemas[`${code}$`];
  return Array.isArray(found) && typeof found[1] === 'string' ? `${found[1]}#${code}` : code;
}
