// Which service and operation a request is for. Requests tell by what they carry: `X-Amz-Target` is awsJson,
// `Smithy-Protocol` CBOR, and a form – in the body or in the URL – the query protocol.
import { randomUUID } from 'node:crypto';
import { AwsError } from './aws-error.ts';
import { type CallAnswer, type CallHandling, handleCbor, handleJson, handleQuery } from './call.ts';
import { parseCborPath } from './cbor-protocol.ts';
import { jsonContentType, writeJsonError } from './json-protocol.ts';
import type { AwsService, JsonService, QueryService } from './operations.ts';
import { writeQueryError, xmlContentType } from './query-protocol.ts';
import type { SignedRequest } from './signature.ts';
import { readSignature } from './signature-parts.ts';

export interface Routing extends CallHandling {
  readonly services: readonly AwsService[];
}

export async function route(request: SignedRequest, routing: Routing): Promise<CallAnswer> {
  const { method, path, headers } = request;
  if (headers['smithy-protocol'] !== undefined) return routeSmithy(request, routing);
  const form = readForm(request);
  if (path !== '/') return plainRefusal(unknown(`There is nothing at ${path.slice(0, 200)}.`));
  const target = headers['x-amz-target'];
  if (target !== undefined && method === 'POST') return routeJson(target, request, routing);
  if (form !== undefined) return routeQuery(form, request, routing);
  if (method === 'GET' || method === 'HEAD') return greeting(routing.services);
  return plainRefusal(unknown('The request names no operation.'));
}

/** For requests that cannot be given to any service. */
export function plainRefusal(error: AwsError): CallAnswer {
  return {
    status: error.statusCode,
    headers: { 'content-type': jsonContentType, 'x-amzn-errortype': error.code },
    body: writeJsonError(error),
  };
}

function routeJson(
  target: string,
  request: SignedRequest,
  routing: Routing,
): Promise<CallAnswer> | CallAnswer {
  const dot = target.lastIndexOf('.');
  const service = jsonService(routing, target.slice(0, Math.max(0, dot)));
  if (service !== undefined) return handleJson(service, target.slice(dot + 1), request, routing);
  return plainRefusal(
    new AwsError('UnknownOperationException', `Unknown X-Amz-Target ${target.slice(0, 200)}`),
  );
}

function routeSmithy(request: SignedRequest, routing: Routing): Promise<CallAnswer> | CallAnswer {
  const named = parseCborPath(request.path);
  const service = named && jsonService(routing, named.service);
  const spoken = request.headers['smithy-protocol'] === 'rpc-v2-cbor' && request.method === 'POST';
  if (spoken && service?.cbor) return handleCbor(service, named?.operation ?? '', request, routing);
  return plainRefusal(unknown(`${service?.name ?? 'This service'} is not there in this protocol.`));
}

function jsonService(routing: Routing, targetPrefix: string): JsonService | undefined {
  return routing.services.find(
    (each): each is JsonService => each.protocol === 'json' && each.targetPrefix === targetPrefix,
  );
}

/** Undefined when the request is not one of the query protocol, which comes as a form or – rarely – as a URL. */
function readForm({ method, headers, query, body }: SignedRequest): URLSearchParams | undefined {
  const type = headers['content-type']?.toLowerCase();
  if (type?.startsWith('application/x-www-form-urlencoded')) {
    const form = new URLSearchParams(Buffer.from(body).toString('utf8'));
    for (const [name, value] of query) if (!form.has(name)) form.append(name, value);
    return form;
  }
  return (method === 'GET' || method === 'POST') && query.has('Action') ? query : undefined;
}

function routeQuery(
  form: URLSearchParams,
  request: SignedRequest,
  routing: Routing,
): Promise<CallAnswer> | CallAnswer {
  const signature = readSignature(request);
  const signingName = 'kind' in signature ? undefined : signature.service;
  const candidates = routing.services.filter((each): each is QueryService => each.protocol === 'query');
  const service =
    candidates.find((each) => each.name === signingName) ??
    candidates.find((each) => each.version === form.get('Version'));
  const action = form.get('Action');
  if (service !== undefined && action) return handleQuery(service, action, form, request, routing);
  return queryRefusal(
    action
      ? new AwsError('InvalidAction', `Slipway's local AWS has no service for ${action.slice(0, 200)}`)
      : new AwsError('MissingAction', 'The request must contain the parameter Action'),
  );
}

/** In XML, when there is no service to name its namespace. */
function queryRefusal(error: AwsError): CallAnswer {
  const service: QueryService = {
    name: 'none',
    protocol: 'query',
    version: '',
    xmlNamespace: 'http://webservices.amazon.com/AWSFault/2005-15-09',
    schemas: {},
    operations: {},
  };
  const requestId = randomUUID();
  return {
    status: error.statusCode,
    headers: { 'content-type': xmlContentType, 'x-amzn-requestid': requestId },
    body: writeQueryError(service, error, requestId),
  };
}

function greeting(services: readonly AwsService[]): CallAnswer {
  const names = [...new Set(services.map(({ name }) => name))].sort();
  return {
    status: 200,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    body: `Slipway local AWS: ${names.join(', ')}, and an image registry under /v2/.\nSet AWS_ENDPOINT_URL to this address, and the key that "slipway local env" prints.\n`,
  };
}

function unknown(what: string): AwsError {
  return new AwsError(
    'UnknownOperationException',
    `${what} This endpoint speaks awsJson (POST / with X-Amz-Target), the AWS query protocol (a form with Action), Smithy RPC v2 CBOR for CloudWatch, and the image registry's /v2/`,
    { statusCode: 404 },
  );
}
