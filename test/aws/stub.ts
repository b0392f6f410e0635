/** SDK clients whose transport is replaced: a test says what AWS answers, and reads what was sent, byte by byte. */
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECSClient } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { HttpResponse } from '@smithy/core/protocols';

export interface SentRequest {
  readonly operation: string;
  readonly body: unknown;
}

export type Answer = (request: SentRequest) => { readonly status?: number; readonly body: string };

interface WireRequest {
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

/** The SDK hands over text or bytes, as its protocol likes. */
const textOf = (body: unknown): string =>
  typeof body === 'string' ? body : new TextDecoder().decode(body as Uint8Array<ArrayBuffer>);

const settings = {
  region: 'eu-west-1',
  credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
  maxAttempts: 1,
};

const handler = (read: (request: WireRequest) => SentRequest, answer: Answer, sent: SentRequest[]) => ({
  handle: async (request: WireRequest) => {
    const known = read(request);
    sent.push(known);
    const { status = 200, body } = answer(known);
    const headers = { 'content-type': 'application/x-amz-json-1.1' };
    return { response: new HttpResponse({ statusCode: status, headers, body: Buffer.from(body) }) };
  },
});

type JsonAnswers = Readonly<Record<string, (body: never) => unknown>>;

/** The JSON protocol; `answers` are by operation. */
const jsonHandler = (answers: JsonAnswers, sent: SentRequest[]) => {
  const read = ({ headers, body }: WireRequest): SentRequest => ({
    operation: (headers['x-amz-target'] ?? '').split('.')[1] ?? '',
    body: JSON.parse(textOf(body)),
  });
  const answer: Answer = ({ operation, body }) => {
    const known = answers[operation];
    if (!known) throw new Error(`the stub has no answer for ${operation}`);
    return { body: JSON.stringify(known(body as never)) };
  };
  return handler(read, answer, sent) as never;
};

export const stubEcs = (answers: JsonAnswers) => {
  const sent: SentRequest[] = [];
  return { client: new ECSClient({ ...settings, requestHandler: jsonHandler(answers, sent) }), sent };
};

export const stubLogs = (answers: JsonAnswers) => {
  const sent: SentRequest[] = [];
  return {
    client: new CloudWatchLogsClient({ ...settings, requestHandler: jsonHandler(answers, sent) }),
    sent,
  };
};

/** As AWS refuses: by name, with a status. */
export const refusal = (name: string, message = name, status = 400): Error =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });

/** A client of the query protocol; `answers` are the insides of `<…Result>`. */
export const stubLoadBalancing = (answers: Readonly<Record<string, string>>) => {
  const sent: SentRequest[] = [];
  const read = ({ body }: WireRequest): SentRequest => {
    const {
      Action: operation = '',
      Version: _version,
      ...rest
    } = Object.fromEntries(new URLSearchParams(textOf(body)));
    return { operation, body: rest };
  };
  const answer: Answer = ({ operation }) => ({
    body: `<${operation}Response><${operation}Result>${answers[operation] ?? ''}</${operation}Result></${operation}Response>`,
  });
  const client = new ElasticLoadBalancingV2Client({
    ...settings,
    requestHandler: handler(read, answer, sent) as never,
  });
  return { client, sent };
};
