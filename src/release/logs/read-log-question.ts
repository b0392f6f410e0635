/**
 * Temporal's UI and CLI may ask for logs with any JSON: what is no question is told so. A queue becomes part of a command of
 * the workflow, which Temporal does not take in every shape.
 */
import { type Fields, isFields } from '../fields.ts';
import type { LogQuestion } from './log-question.ts';

const QUEUE = /^[A-Za-z0-9._-]{1,200}$/;

export const isLogQuestion = (given: unknown): given is LogQuestion => {
  if (!isFields(given)) return false;
  switch (given.kind) {
    case 'steps':
      return isOwner(given) && isListOf(given.steps, isNamed);
    case 'step':
      return isOwner(given) && isNamed(given) && isFields(given.from);
    case 'service':
      return (
        isText(given.app) &&
        isText(given.environment) &&
        isPlace(given.place) &&
        isListOf(given.numbers, Number.isSafeInteger) &&
        (given.cursor === null || isFields(given.cursor))
      );
    default:
      return false;
  }
};

const isOwner = ({ workflowId, runIds }: Fields): boolean => isText(workflowId) && isListOf(runIds, isText);

const isNamed = (given: unknown): boolean =>
  isFields(given) && isText(given.step) && (given.logKey === null || isText(given.logKey));

const isPlace = (given: unknown): boolean =>
  isFields(given) &&
  isText(given.cluster) &&
  isFields(given.tasks) &&
  (given.deployQueue === undefined || (isText(given.deployQueue) && QUEUE.test(given.deployQueue)));

const isListOf = (given: unknown, is: (one: unknown) => boolean): boolean =>
  Array.isArray(given) && given.every(is);

const isText = (given: unknown): given is string => typeof given === 'string';
