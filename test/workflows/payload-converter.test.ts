import { describe, expect, it } from '@jest/globals';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { payloadConverter } from '../../src/workflows/payload-converter.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const payload = (encoding: string, text?: string): Payload => ({
  metadata: { encoding: bytes(encoding) },
  ...(text !== undefined && { data: bytes(text) }),
});

const MESSAGE = { type: 'workflow', namespace: 'default', workflowId: 'x' } as const;
const RESULT = { ...MESSAGE, type: 'activity', activityId: '1', isLocal: false } as const;

describe('what people send', () => {
  it.each([
    ['JSON', payload('json/plain', '{"a":1}'), { a: 1 }],
    ['JSON of another name', payload('json/protobuf', '{"a":1}'), { a: 1 }],
    ['null of another name', payload('json/protobuf', 'null'), null],
    ['something else', payload('my/own', '{"a'), bytes('{"a')],
    ['JSON that is none', payload('json/plain', '{"a'), bytes('{"a')],
    ['nothing', payload('my/own'), new Uint8Array()],
  ])('%s is read, or comes as bytes', (_what, given, value) => {
    expect(payloadConverter.fromPayload(given, MESSAGE)).toEqual(value);
  });
});

describe('the result of an activity', () => {
  it('is read as ever', () => {
    expect(payloadConverter.fromPayload(payload('json/plain', '{"a":1}'), RESULT)).toEqual({ a: 1 });
  });

  it.each([payload('json/protobuf', '{}'), payload('binary/encrypted', 'x'), payload('json/plain', '{"a')])(
    'is not guessed at: %j',
    (given) => {
      expect(() => payloadConverter.fromPayload(given, RESULT)).toThrow();
      expect(() => payloadConverter.fromPayload(given)).toThrow();
    },
  );
});

it('what is sent is as it was', () => {
  for (const value of [{ a: 1 }, 'x', null, undefined, bytes('x')])
    expect(payloadConverter.toPayload(value)).toEqual(defaultPayloadConverter.toPayload(value));
});
