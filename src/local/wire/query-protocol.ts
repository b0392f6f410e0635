// The AWS query protocol, seen from the server: answers are XML, written by the SDK's own serialiser.
// Spec: https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
import { XmlShapeSerializer } from '@aws-sdk/core/protocols';
import type { NormalizedSchema } from '@smithy/core/schema';
import type { StaticStructureSchema } from '@smithy/types';
import type { AwsError } from './aws-error.ts';
import type { QueryService } from './operations.ts';
import { queryErrorCode } from './schema.ts';

export const xmlContentType = 'text/xml';

/** The whole document is one structure, `<Op>Response { <Op>Result, ResponseMetadata }`, for the serialiser to write. */
export function writeQueryOutput(
  service: QueryService,
  operation: string,
  schema: NormalizedSchema,
  output: unknown,
  requestId: string,
): string {
  const metadata: StaticStructureSchema = [3, service.name, 'ResponseMetadata', 0, ['RequestId'], [0]];
  const hasResult = !schema.isUnitSchema();
  const response: StaticStructureSchema = [
    3,
    service.name,
    `${operation}Response`,
    0,
    hasResult ? [`${operation}Result`, 'ResponseMetadata'] : ['ResponseMetadata'],
    hasResult ? [schema.getSchema(), metadata] : [metadata],
  ];
  const serializer = new XmlShapeSerializer({
    // 5 is the schema language's code for RFC 3339, the query protocol's default.
    timestampFormat: { useTrait: true, default: 5 },
    httpBindings: false,
    xmlNamespace: service.xmlNamespace,
    serviceNamespace: service.xmlNamespace,
  });
  serializer.write(response, { [`${operation}Result`]: output, ResponseMetadata: { RequestId: requestId } });
  return String(serializer.flush());
}

export function writeQueryError(service: QueryService, error: AwsError, requestId: string): string {
  const type = error.statusCode >= 500 ? 'Receiver' : 'Sender';
  return (
    `<ErrorResponse xmlns="${escapeXml(service.xmlNamespace)}"><Error><Type>${type}</Type>` +
    `<Code>${escapeXml(queryErrorCode(service, error.code))}</Code>` +
    `<Message>${escapeXml(error.message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`
  );
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
