// The one HTTP port of the local AWS. It tells the protocols apart by what each request carries:
// `X-Amz-Target` is JSON, a form body is the query protocol, `/v2/` is the image registry.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { AwsError } from './aws-error.ts';
import { readBody } from './body.ts';
import { type CallAnswer, type CallHandling, handleJson, handleQuery } from './call.ts';
import { jsonContentType, writeJsonError } from './json-protocol.ts';
import { type Listening, listenOn } from './listen.ts';
import type { AwsService, JsonService, QueryService } from './operations.ts';
import { writeQueryError, xmlContentType } from './query-protocol.ts';
import { parseAuthorization, type SignedRequest } from './signature.ts';

export interface WireOptions extends CallHandling {
  /** 0 takes a free port. */
  readonly port: number;
  readonly addresses?: readonly string[];
  readonly services: readonly AwsService[];
  /** Answers everything under `/v2/`. */
  readonly registry: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

export function listenForCalls(options: WireOptions): Promise<Listening> {
  const create = () =>
    createServer((request, response) => {
      answer(request, response, options).catch((error: unknown) => {
        options.log(`${request.method} ${request.url} broke off: ${String(error)}`);
        response.destroy();
      });
    });
  return listenOn(create, options.port, options.addresses);
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: WireOptions,
): Promise<void> {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  if (path === '/v2' || path.startsWith('/v2/')) return options.registry(request, response);
  const { status, headers, body } = await route(request, options);
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}

async function route(request: IncomingMessage, options: WireOptions): Promise<CallAnswer> {
  let body: Buffer;
  try {
    body = await readBody(request);
  } catch (error) {
    if (error instanceof AwsError) return plainRefusal(error);
    throw error;
  }
  const signed: SignedRequest = {
    method: request.method ?? 'GET',
    url: request.url ?? '/',
    headers: joinedHeaders(request),
    body,
  };
  const target = signed.headers['x-amz-target'];
  if (target !== undefined) return routeJson(target, signed, options);
  if (signed.headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    return routeQuery(new URLSearchParams(body.toString('utf8')), signed, options);
  }
  if (signed.method === 'GET' && signed.url === '/') {
    return { status: 200, headers: { 'content-type': 'text/plain' }, body: 'Slipway local AWS\n' };
  }
  return plainRefusal(
    new AwsError(
      'UnknownOperationException',
      'This endpoint speaks awsJson1.1 (X-Amz-Target), the AWS query protocol (form body) and /v2/ of an image registry',
      { statusCode: 404 },
    ),
  );
}

function routeJson(
  target: string,
  signed: SignedRequest,
  options: WireOptions,
): Promise<CallAnswer> | CallAnswer {
  const dot = target.lastIndexOf('.');
  const service = options.services.find(
    (each): each is JsonService => each.protocol === 'json' && each.targetPrefix === target.slice(0, dot),
  );
  if (service === undefined) {
    return plainRefusal(new AwsError('UnknownOperationException', `Unknown X-Amz-Target ${target}`));
  }
  return handleJson(service, target.slice(dot + 1), signed, options);
}

function routeQuery(
  form: URLSearchParams,
  signed: SignedRequest,
  options: WireOptions,
): Promise<CallAnswer> | CallAnswer {
  const signature = parseAuthorization(signed.headers.authorization);
  const signingName = typeof signature === 'string' ? undefined : signature.service;
  const candidates = options.services.filter((each): each is QueryService => each.protocol === 'query');
  const service =
    candidates.find((each) => each.name === signingName) ??
    candidates.find((each) => each.version === form.get('Version'));
  if (service === undefined) {
    const told = `Slipway's local AWS has no service '${signingName ?? 'unknown'}' (Action ${form.get('Action')})`;
    const requestId = randomUUID();
    return {
      status: 400,
      headers: { 'content-type': xmlContentType, 'x-amzn-requestid': requestId },
      body: writeQueryError(noService, new AwsError('InvalidAction', told), requestId),
    };
  }
  return handleQuery(service, form.get('Action') ?? '', form, signed, options);
}

/** Stands in where an error has to be written in XML and there is no service to name its namespace. */
const noService: QueryService = {
  name: 'none',
  protocol: 'query',
  version: '',
  xmlNamespace: 'http://webservices.amazon.com/AWSFault/2005-15-09',
  schemas: {},
  operations: {},
};

/** For requests that cannot be given to any service. */
function plainRefusal(error: AwsError): CallAnswer {
  return {
    status: error.statusCode,
    headers: { 'content-type': jsonContentType },
    body: writeJsonError(error),
  };
}

function joinedHeaders(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    headers[name] = (values ?? []).join(',');
  }
  return headers;
}
