/** Names of AWS and of Docker as people tell them apart: text is for reading, JSON has them whole. */
import { shortDigests } from '../../release/preview/change.ts';
import { oneLine } from './sanitize.ts';

/** `arn:aws:ecs:eu-central-1:123456789012:service/shop/api`. */
const ARN = /\barn:aws[\w-]*:[\w-]+:[\w-]*:\d*:(?=[\w/])([^\s,;'"()[\]{}]*[\w/*-])/g;
/** A commit, where it stands alone: in a command or an id it is needed whole. */
const COMMIT = /(?<![\w/@:=.-]|--sha )\b([0-9a-f]{12})[0-9a-f]{28}\b(?![\w/@:=-])/g;

/** Of an ARN what it names, of a digest or a commit twelve digits. */
export const shortNames = (text: string): string =>
  shortDigests(text)
    .replaceAll(ARN, (_arn, resource: string) => resource.replace(/^(?:task-definition|targetgroup)\//, ''))
    .replaceAll(COMMIT, '$1');

/** A text that was written by others or tells of theirs: one safe line, its names short. */
export const said = (text: string): string => shortNames(oneLine(text));
