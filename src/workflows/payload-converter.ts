/**
 * Reads what people send to a workflow. Temporal's CLI marks an input with any encoding, its UI offers `json/protobuf`: the
 * SDK knows neither, and fails the workflow task at every try – one such signal would stop a release for ever. So what is
 * JSON is read as JSON, and what is nothing that we know comes as bytes, which every handler refuses.
 *
 * Results of activities are read as strictly as ever: they are ours, and garbage there must not pass for an answer.
 */
import { defaultPayloadConverter, type Payload, type PayloadConverter } from '@temporalio/workflow';

/** The bundle takes it by this name. */
export const payloadConverter: PayloadConverter = {
  toPayload: (value, context, hint) => defaultPayloadConverter.toPayload(value, context, hint),
  fromPayload: (payload, context, hint) => {
    try {
      return defaultPayloadConverter.fromPayload(payload, context, hint);
    } catch (error) {
      if (context?.type !== 'workflow') throw error;
      return rescued(payload);
    }
  },
};

/** Of the type that whoever asks for it has to check: nobody can know it. */
const rescued = <T>({ data }: Payload): T => {
  const bytes = data ?? new Uint8Array();
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return bytes as T;
  }
};
