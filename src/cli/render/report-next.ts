/** What to do about a release that has ended. */

import { NOT_ALLOWED, NOT_VERIFIED, OLDER_COMMIT, type Refusal } from '../../release/refusals.ts';
import { shellWord, slipwayCommand } from '../../release/shell-word.ts';
import type { ReleaseReport } from '../../release/verdict.ts';
import { arnText } from './arn.ts';
import { environmentCommand, type Reader } from './command.ts';
import { oneLine } from './sanitize.ts';

/** A command of the report's environment, ready to be pasted. */
type Command = (action: string, ...options: readonly string[]) => string;

export function nextCommands(
  report: ReleaseReport,
  workflowId: string | undefined,
  reader: Reader,
): readonly string[] {
  const command: Command = (action, ...options) =>
    oneLine(environmentCommand(action, report, reader, { options }));
  const why =
    workflowId === undefined ? [] : [`this report again: ${oneLine(slipwayCommand('why', [workflowId]))}`];
  const again = sameAgain(report, command);
  switch (report.verdict) {
    case 'succeeded':
      return [];
    case 'superseded':
      return why;
    case 'rollback-failed':
      return [...byHand(report), `when the services above are right: ${again}`, ...why];
    case 'refused':
      return [...ofRefused(report, command), ...why];
    case 'failed':
    case 'rolled-back':
    case 'aborted':
      if (report.rollbackTo !== null)
        return [`again, or to another one: ${again}; ${command('history')}`, ...why];
      return [`mend it and deploy the new commit, or try this one again: ${again}`, ...why];
  }
}

const sameAgain = (
  { rollbackTo, commit }: ReleaseReport,
  command: Command,
  ...more: readonly string[]
): string =>
  rollbackTo === null
    ? command('deploy', ...(commit ? [`--sha ${commit.sha}`] : []), ...more)
    : command('rollback', `--to ${rollbackTo}`, ...more);

/** As the environment says it: src/release/environment/eligibility.ts. */
const FROZEN = /^the environment is frozen (?<by>by )?/;

/** As the refusal says it: src/release/refusals.ts. */
export const toVerify = ({ evidence }: Refusal): readonly string[] =>
  evidence.flatMap((line) => {
    const [, command] = /^what to do: (slipway .*), then this one again$/.exec(line) ?? [];
    return command === undefined ? [] : [`have it verified: ${oneLine(command)}`];
  });

/** Nothing need be wrong with what was asked for; where something is, the cause says so. */
function ofRefused(report: ReleaseReport, command: Command): readonly string[] {
  const { commit, rollbackTo, cause } = report;
  if (commit === null && rollbackTo === null) return [`what was released: ${command('history')}`];
  const again = sameAgain(report, command);
  if (rollbackTo === null && cause?.kind === OLDER_COMMIT)
    return [`in spite of that: ${sameAgain(report, command, '--allow-older')}`];
  const frozen = cause?.kind === NOT_ALLOWED ? FROZEN.exec(cause.summary) : null;
  if (frozen) {
    // Those that come again end by themselves.
    const end = frozen.groups?.by ? [`end the freeze: ${command('unfreeze')}`] : [];
    const inSpite = sameAgain(report, command, "--override-freeze 'why it cannot wait'");
    return [`when the freeze is over: ${again}`, ...end, `in spite of that: ${inSpite}`];
  }
  if (cause?.kind === NOT_VERIFIED) return [...toVerify(cause), `when it has verified it: ${again}`];
  const waits = `when nothing stands against it any more: ${again}`;
  const isOfItself = cause !== null && cause.kind !== NOT_ALLOWED;
  return rollbackTo !== null && isOfItself ? [`to another one: ${command('history')}`, waits] : [waits];
}

function byHand({ services, cluster }: ReleaseReport): string[] {
  const where = shellWord(oneLine(cluster ?? ''));
  return services
    .filter(({ state, baseline }) => state === 'not-restored' && baseline !== null)
    .map(({ service, baseline }) => {
      const [name, target] = [shellWord(oneLine(service)), shellWord(arnText(baseline))];
      return `by hand: aws ecs update-service --cluster ${where} --service ${name} --task-definition ${target} --force-new-deployment`;
    });
}
