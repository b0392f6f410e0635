import { shortArn } from '../../release/short-arn.ts';
import { oneLine } from './sanitize.ts';

/** `api:7` of a task definition, for people. */
export const arnText = (arn: string | null): string => (arn === null ? 'none' : oneLine(shortArn(arn)));
