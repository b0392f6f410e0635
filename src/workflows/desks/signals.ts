import { defineSignal, log, setDefaultSignalHandler, setHandler } from '@temporalio/workflow';

export interface SignalHandler {
  /** Input is `unknown`: Temporal's UI and CLI accept any JSON. */
  readonly hear: (input: unknown) => void;
  /** For people who may send it. */
  readonly description: string;
}

/** By name. */
export type SignalHandlers = Readonly<Record<string, SignalHandler>>;

/**
 * In the order in which they came; to be called once, with all of them. The first task of a run may bring many at once,
 * and each handler that is set by itself would first take those of its own name: a pause that was ended would hold, a
 * release would overtake a freeze.
 */
export const hearInOrder = (handlers: SignalHandlers): void => {
  setDefaultSignalHandler((name, input) => {
    const handler = handlers[name];
    if (handler) handler.hear(input);
    else log.warn(`signal ${name} is ignored`);
  });
  // None is left to be taken, but Temporal's UI shows what there is.
  for (const [name, { hear, description }] of Object.entries(handlers))
    setHandler(defineSignal<[unknown?]>(name), hear, { description });
};
