/**
 * What a release would do, for people: whether it would be let begin, what it would test, build and change, what it could
 * go back to. Texts of commits, containers, people and AWS go through the sanitizer.
 */

import { deployWorkflowId } from '../../release/names.ts';
import { withoutRegistry } from '../../release/preview/change.ts';
import type { Outcome, PreviewedImage, ReleasePreview } from '../../release/preview/preview.ts';
import { NOT_ALLOWED } from '../../release/refusals.ts';
import { slipwayCommand } from '../../release/shell-word.ts';
import { columnsOf, padded, widest } from './columns.ts';
import { environmentCommand, type Reader } from './command.ts';
import { humanDuration } from './duration.ts';
import { utcTime } from './hold.ts';
import { nextOfPlan, type PlanWish } from './plan-next.ts';
import { plannedServiceLines } from './plan-services.ts';
import { nextSection, section, subjectText } from './report.ts';
import { oneLine, safeLines } from './sanitize.ts';
import { said, shortNames } from './short-names.ts';
import { type Colors, colorsFor, type RenderOptions } from './style.ts';
import { fitted } from './wrap.ts';

export function renderPreview(preview: ReleasePreview, wish: PlanWish, options: RenderOptions): string {
  const colors = colorsFor(options);
  const sections = [
    headline(preview, options, colors),
    section('Why not', causeLines(preview), colors),
    section('Serving now', servingLines(preview), colors),
    section('Queue', queueLines(preview, wish), colors),
    section('Checks', checkLines(preview), colors),
    section('Images', imageLines(preview, options), colors),
    section('Services', plannedServiceLines(preview, colors), colors),
    section('Gates and limits', limitLines(preview, options), colors),
    section('Warnings', preview.warnings.map(said), colors),
    nextSection(nextOfPlan(preview, wish, options), options),
  ];
  return fitted(`${sections.filter(Boolean).join('\n\n')}\n`, options);
}

const OUTCOMES: Readonly<
  Record<
    Outcome,
    { readonly text: string; readonly color: 'green' | 'yellow' | 'red'; readonly means: string }
  >
> = {
  begin: { text: '✓ would begin', color: 'green', means: 'nothing stands against a release of it now' },
  'in-place': {
    text: '✓ in place',
    color: 'green',
    means: 'it serves already, as it was released: only its health would be asked (--force deploys it again)',
  },
  refused: { text: '✗ would be refused', color: 'red', means: 'nothing would be changed' },
  superseded: {
    text: '✗ would be superseded',
    color: 'yellow',
    means: 'it would be tested and built, and get no turn',
  },
  configuration: {
    text: '✗ would fail',
    color: 'red',
    means: 'what it names does not exist or does not fit',
  },
};

function headline(preview: ReleasePreview, options: RenderOptions, colors: Colors): string {
  const { text, color, means } = OUTCOMES[preview.outcome];
  const { app, environment, cluster, commit } = preview;
  const place = `${oneLine(app)} → ${oneLine(environment)}`;
  return [
    `${colors[color](colors.bold(text))}  ${place}  ${oneLine(commit.sha.slice(0, 12))}`,
    `  ${means}`,
    colors.dim(
      `  ${subjectText(commit, options.width - 4)}, written by ${oneLine(commit.author)}, cluster ${oneLine(cluster)}`,
    ),
  ].join('\n');
}

/** Evidence is ours; what it quotes is not. */
const causeLines = (preview: ReleasePreview): string[] =>
  preview.causes.flatMap(({ kind, summary, evidence }) => [
    ...safeLines(summary).map(shortNames),
    ...(kind === NOT_ALLOWED ? attachLines(preview, summary) : []),
    ...evidence.map(said),
    `(${oneLine(kind)})`,
  ]);

/** `slipway deploy` starts no second release of a commit that is on its way under the id that it would choose itself. */
const attachLines = ({ app, environment, commit }: ReleasePreview, why: string): string[] => {
  const id = deployWorkflowId(app, environment, commit.sha);
  const attach = `slipway deploy starts no other one: it attaches to that release, as ${slipwayCommand('watch', [id])} does`;
  return why.endsWith(`: ${id}`) ? [oneLine(attach)] : [];
};

const ORDER = {
  newer: 'this commit contains it',
  older: 'it contains this commit, which is older',
  same: 'it is this commit',
  unrelated: 'neither contains the other',
} as const;

function servingLines({ serving }: ReleasePreview): string[] {
  if (!serving) return ['nothing that is known'];
  const { number, origin, sha, subject, order } = serving;
  const back = number === origin ? '' : ` (brought back by release ${number})`;
  const stands = order === null ? 'how they stand to each other is not known' : ORDER[order];
  return [`${oneLine(sha.slice(0, 12))}  since release ${origin}${back}: ${stands}`, `“${oneLine(subject)}”`];
}

function queueLines({ queue, outcome }: ReleasePreview, { overrideFreeze }: PlanWish): string[] {
  const { number, policy, turn, supersedes, holder, others, moreOthers, frozen, nextFreeze } = queue;
  const lines = [`it would be release ${number}; policy ${policy}`];
  if (frozen !== null) {
    const inSpite = overrideFreeze === undefined ? '' : '; it would go in spite of that';
    lines.push(`‖ the environment is ${oneLine(frozen)}${inSpite}`);
  }
  if (queue.needsRepair !== null)
    lines.push(`‼ release ${queue.needsRepair} ended without a word: it would put that right first`);
  if (holder) {
    const by = holder.startedBy === null ? '' : ` by ${oneLine(holder.startedBy)}`;
    const stands = holder.stands === null ? '' : `; nobody works on it: ${oneLine(holder.stands)}`;
    lines.push(`${oneLine(holder.name)}${by} has the turn since ${utcTime(holder.sinceMs)}${stands}`);
  } else lines.push('nobody has the turn');
  const PHASE = {
    preparing: 'tests and builds, or is held',
    ready: 'waits for the turn',
    out: 'gets no turn, and ends',
  };
  for (const { name, startedBy, phase } of others) {
    const by = startedBy === null ? '' : ` by ${oneLine(startedBy)}`;
    lines.push(`${oneLine(name)}${by} ${PHASE[phase]}`);
  }
  if (moreOthers > 0) lines.push(`and ${moreOthers} more`);
  if (outcome === 'begin' || outcome === 'superseded') {
    if (turn?.kind === 'granted') lines.push('if it was ready now, it would get the turn at once');
    if (turn?.kind === 'waiting') lines.push(`if it was ready now, it would wait: ${oneLine(turn.why)}`);
    if (supersedes.length > 0) lines.push(`it would supersede ${supersedes.map(oneLine).join(', ')}`);
  }
  if (nextFreeze)
    lines.push(`the next freeze, ${oneLine(nextFreeze.name)}, begins at ${utcTime(nextFreeze.fromMs)}`);
  return lines;
}

function checkLines({ checks, moreChecks, checksSkipped }: ReleasePreview): string[] {
  if (checks.length === 0) return ['none: the commit is not tested'];
  const names = checks.map(({ name, needs, timeoutMs }) => {
    const after = needs.length === 0 ? '' : ` after ${needs.map(oneLine).join(', ')}`;
    return `${oneLine(name)}${after}, at most ${humanDuration(timeoutMs)}`;
  });
  const lines = moreChecks > 0 ? [...names, `and ${moreChecks} more`] : names;
  if (checksSkipped === null) return lines;
  return [`none of ${checks.length + moreChecks} runs: ${oneLine(checksSkipped)}`];
}

const SOURCE: Readonly<Record<PreviewedImage['source'], string>> = {
  build: 'build',
  reuse: 'reuse: the registry has it under the commit',
  promote: 'promote: verified, and in this registry already',
  copy: 'copy: verified, out of the other registry',
  unknown: 'build, unless the registry has it: this deploy worker may not look',
  nothing: 'nothing to do',
};

function imageLines(
  { images, moreImages, promotedFrom, commit }: ReleasePreview,
  { wrap = false, width }: RenderOptions,
): string[] {
  const name = widest(images.map((image) => image.name));
  const lines = images.flatMap((image) => {
    const { digest, architecture, repositoryUri, source } = image;
    const named =
      digest === null ? `:${commit.sha.slice(0, 12)}` : `@${digest.slice(0, 'sha256:'.length + 12)}`;
    const whole = oneLine(`${repositoryUri}${named}`);
    const indent = ' '.repeat(name + 2);
    // Which registry it is, is the same for all and known; which image, is not.
    const fits = !wrap || columnsOf(whole) + name + 4 <= width;
    return [
      `${padded(oneLine(image.name), name)}  ${architecture}  ${SOURCE[source]}`,
      `${indent}${fits ? whole : withoutRegistry(whole)}`,
    ];
  });
  if (promotedFrom)
    lines.unshift(oneLine(`verified by release ${promotedFrom.number} of ${promotedFrom.environment}`));
  return moreImages > 0 ? [...lines, `and ${moreImages} more`] : lines;
}

function limitLines(preview: ReleasePreview, reader: Reader): string[] {
  const { approval, migration, bake, timing, keep, queue } = preview;
  const { stabilityTimeoutMs, stallTimeoutMs, capacityTimeoutMs } = timing;
  const lines: string[] = [];
  if (approval)
    lines.push(`approval    somebody has to say yes within ${humanDuration(approval.deadlineMs)}`);
  if (migration) {
    const { service, command, reversible, timeoutMs } = migration;
    const back = reversible ? '' : ', cannot be undone';
    const what = oneLine(`${command.join(' ')} in ${service}`);
    lines.push(`migration   ${what}, at most ${humanDuration(timeoutMs)}${back}`);
  }
  lines.push(
    `each wave   at most ${humanDuration(stabilityTimeoutMs)}; ${humanDuration(stallTimeoutMs)} without progress, ${humanDuration(capacityTimeoutMs)} without room`,
  );
  if (bake)
    lines.push(
      `bake time   ${humanDuration(bake.durationMs)}, alarms: ${bake.alarms}, log patterns: ${bake.logs}`,
    );
  if (keep) lines.push(`kept        ${keep.releases} good releases${keep.tag ? ', protected by tags' : ''}`);
  const { rollbackTarget: back } = queue;
  lines.push(
    `go back     ${oneLine(environmentCommand('rollback', preview, reader))} ${back.kind === 'found' ? `would go to release ${back.number} now` : `has nowhere to go now: ${oneLine(back.why)}`}`,
  );
  return lines;
}
