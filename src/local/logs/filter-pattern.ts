// FilterLogEvents' patterns for plain text: terms, "phrases", ?either ?or, -without.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
import { AwsError } from '../wire/aws-error.ts';

/** Throws AwsError `InvalidParameterException` for JSON and column patterns, which are not supported here. */
export function compileFilter(pattern: string | undefined): (message: string) => boolean {
  const text = (pattern ?? '').trim();
  if (text === '') return () => true;
  if (/^[{[%]/.test(text)) {
    throw new AwsError(
      'InvalidParameterException',
      "Slipway's local CloudWatch Logs knows filter patterns of terms and quoted phrases only",
    );
  }
  const terms = [...text.matchAll(/([?-]?)(?:"((?:[^"\\]|\\.)*)"|(\S+))/g)].map(
    ([, sign = '', phrase, word = '']) => ({ sign, text: phrase?.replace(/\\(.)/g, '$1') ?? word }),
  );
  const of = (sign: string): string[] => terms.filter((term) => term.sign === sign).map((term) => term.text);
  const [all, either, without] = [of(''), of('?'), of('-')];
  return (message) =>
    all.every((term) => message.includes(term)) &&
    (either.length === 0 || either.some((term) => message.includes(term))) &&
    !without.some((term) => message.includes(term));
}
