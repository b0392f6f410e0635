/**
 * From a path of keys to its line in the YAML text, for errors that people can click on.
 */
import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter, type Node } from 'yaml';

export type ConfigPath = readonly (string | number)[];

const lineOf = (node: unknown, lines: LineCounter): number | undefined => {
  const range = (node as Node | null)?.range;
  return range ? lines.linePos(range[0]).line : undefined;
};

/** Line of the deepest key on the path that is there: a missing key is reported where it is missing. */
export function lineAt(document: Document, lines: LineCounter, path: ConfigPath): number {
  let node: unknown = document.contents;
  let line = lineOf(node, lines) ?? 1;
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(part));
      if (pair === undefined) break;
      line = lineOf(pair.key, lines) ?? line;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(part)];
      line = lineOf(node, lines) ?? line;
    } else break;
  }
  return line;
}
