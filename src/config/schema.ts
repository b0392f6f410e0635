/**
 * `slipway.yaml`, as zod reads it. The JSON Schema for editors is made from the same source
 * (`script/make-schema.js`), so every key carries its description here.
 */
import { z } from 'zod';
import { WEEKDAYS } from '../release/environment/calendar.ts';
import { KEPT_RELEASES, MOST_KEPT_RELEASES } from '../release/environment/good-releases.ts';
import { QUEUE_POLICIES } from '../release/environment/state.ts';
import {
  alarmName,
  checkName,
  clockTime,
  command,
  commandList,
  count,
  countOrNone,
  duration,
  ecsName,
  filterPattern,
  httpUrl,
  innerPath,
  jsonField,
  plainName,
  relativePath,
  repositoryName,
  shortText,
  stageName,
  timeZone,
  urlPath,
  variableName,
  variables,
  yesOrNo,
} from './fields.ts';

/** A section whose keys all have defaults may be left empty: `web:` means `web: {}`. */
function mayBeEmpty<Shape extends z.ZodRawShape>(section: z.ZodObject<Shape, z.core.$strict>) {
  return section.nullable().transform((value) => value ?? section.parse({}));
}

const setup = z.strictObject({
  run: command.describe('Prepares the check, e.g. `npm ci`. Runs again only when its cache key changes.'),
  cache: z
    .strictObject({
      key: z
        .array(relativePath)
        .default([])
        .describe('Files whose contents decide whether set-up runs again.'),
      paths: z.array(innerPath).default([]).describe('What set-up makes and is kept, e.g. `node_modules`.'),
    })
    .prefault({})
    .describe('What is kept between releases, and until when. Paths are relative to the directory.'),
});

const check = z.strictObject({
  directory: relativePath.default('.').describe('Where its commands run.'),
  setup: setup.optional().describe('Preparation, kept between releases.'),
  run: command.describe('The check itself: exit code 0 passes.'),
  needs: z.array(checkName).default([]).describe('Checks that must have passed before this one starts.'),
  env: variables.describe(
    'Variables added to the clean environment. Nothing secret: it is in the repository.',
  ),
  timeout: duration(1000)
    .default(15 * 60_000)
    .describe('Longest run, set-up included.'),
});

const image = z.strictObject({
  context: relativePath.default('.').describe('Build context.'),
  dockerfile: relativePath.default('Dockerfile').describe('Relative to the context.'),
  target: stageName.optional().describe('Stage to build; default: the last one.'),
  args: variables.describe('Build arguments. Nothing secret: they stay in the image.'),
  commitArg: variableName
    .default('COMMIT_SHA')
    .describe('Build argument that gets the commit; use it in the last layer.'),
  architecture: z
    .enum(['arm64', 'amd64'])
    .optional()
    .describe('Default: that of the services that run the image.'),
  repository: repositoryName.optional().describe('ECR repository. Default: `<app>/<image>`.'),
  provenance: yesOrNo
    .default(false)
    .describe('Attach a provenance attestation; the digest is then that of an index.'),
  timeout: duration(1000)
    .default(30 * 60_000)
    .describe('Longest build.'),
});

const health = z.strictObject({
  path: urlPath.optional().describe("Asked for through the service's load balancer."),
  url: httpUrl.optional().describe('Asked for as it is, instead of a path.'),
  commit: jsonField.optional().describe('Field of the JSON answer that must equal the commit of the image.'),
  successes: count(100).default(3).describe('Good answers in a row that count as healthy.'),
  failures: count(100).default(3).describe('Bad answers in a row that count as unhealthy.'),
  interval: duration(50).default(2000).describe('From one request to the next.'),
  requestTimeout: duration(50).default(5000).describe('Longest wait for one answer.'),
  timeout: duration(100)
    .default(2 * 60_000)
    .describe('Longest wait for the verdict.'),
});

const service = z.strictObject({
  service: ecsName.optional().describe('Name of the ECS service. Default: the name here.'),
  image: plainName
    .optional()
    .describe("Image of the task definition's only container. Default: the image of the same name."),
  containers: z
    .record(ecsName, plainName)
    .optional()
    .describe('Container → image, where a task has several containers. Others keep their image.'),
  taskDefinition: relativePath
    .optional()
    .describe('JSON file with the task definition. Default: the live one, with only the image changed.'),
  health: health.optional().describe('Asked after the service has become stable.'),
});

const timing = z.strictObject({
  stable: duration(1000)
    .default(15 * 60_000)
    .describe('Longest time until a wave is stable.'),
  stall: duration(1000)
    .default(5 * 60_000)
    .describe('A rollout without progress for so long has failed.'),
  capacity: duration(1000)
    .default(10 * 60_000)
    .describe('Longest wait for room to place a task.'),
  poll: duration(100).default(5000).describe('From one look at ECS to the next.'),
});

const approval = z.strictObject({
  deadline: duration(1000)
    .default(24 * 60 * 60_000)
    .describe('Without an answer until then, the release ends as aborted.'),
});

const migration = z.strictObject({
  service: ecsName.describe('Service whose new task definition, network and role it runs with.'),
  container: ecsName
    .optional()
    .describe(
      "Container whose command is replaced, and whose exit code decides. Default: that of the service's image.",
    ),
  command: commandList.describe('What runs instead of the command of the container.'),
  reversible: yesOrNo
    .default(true)
    .describe('Whether the old version runs on the new schema. If not, a later failure waits for a person.'),
  timeout: duration(1000)
    .default(15 * 60_000)
    .describe('Longest run; also the longest wait for room to place its task.'),
});

const logWatch = z.strictObject({
  service: ecsName.describe('Service whose new tasks are read.'),
  container: ecsName.optional().describe('Default: all its containers that log to CloudWatch Logs.'),
  pattern: filterPattern.describe('CloudWatch Logs filter pattern.'),
  perMinute: countOrNone(10_000)
    .default(0)
    .describe('More matches than so many within a minute are a breach.'),
});

const bake = z.strictObject({
  duration: duration(1000).describe('How long the new version is watched.'),
  alarms: z.array(alarmName).default([]).describe('Names of CloudWatch alarms, metric or composite.'),
  logs: z.array(logWatch).default([]).describe('Patterns in the logs of the new tasks.'),
});

const freeze = z
  .strictObject({
    name: shortText.describe('Why, e.g. `weekend`: what people read who are refused.'),
    zone: timeZone.describe('Time zone of the times, e.g. `Europe/Berlin`.'),
    from: clockTime.describe('`fri 16:00`, or `18:00` of the days.'),
    until: clockTime.describe(
      '`mon 08:00`; or `08:00`: of the next day where that is not later than `from`.',
    ),
    days: z
      .array(z.enum(WEEKDAYS))
      .min(1)
      .optional()
      .describe('Days on which it begins, where the times name none. Default: all.'),
  })
  .refine(({ from, until }) => from.includes(' ') === until.includes(' '), {
    error: 'expected a day of the week in both times, or in none of them',
    path: ['until'],
  })
  .refine(({ from, days }) => days === undefined || !from.includes(' '), {
    error: 'expected no days, as the times name them',
    path: ['days'],
  })
  .refine(({ from, until }) => !from.includes(' ') || from !== until, {
    error: 'expected another time than that of its beginning',
    path: ['until'],
  });

const PROMOTE_EXPECTED = 'expected the name of an environment, or a mapping with `from` and `required`';

const promote = z.union(
  [
    plainName.transform((from) => ({ from, required: false })),
    z.strictObject({
      from: plainName.describe('Environment that verifies a commit first.'),
      required: yesOrNo
        .default(false)
        .describe('Whether a commit that it has not verified is refused, or built as usual.'),
    }),
  ],
  { error: PROMOTE_EXPECTED },
);

const keep = z.strictObject({
  releases: count(MOST_KEPT_RELEASES)
    .default(KEPT_RELEASES)
    .describe(
      'Good releases before this one that a rollback may go to: the plan warns where their images go.',
    ),
  tag: yesOrNo
    .default(false)
    .describe('Give their images tags (`slipway-keep-…`) that a lifecycle rule of ECR can leave alone.'),
});

const environment = z.strictObject({
  cluster: ecsName.describe('ECS cluster.'),
  deployQueue: plainName
    .optional()
    .describe(
      'Deploy workers of its own, as of another AWS account: those that run with `--queue <this>`. Default: the common ones.',
    ),
  services: z.array(ecsName).min(1).optional().describe('Services of this environment. Default: all.'),
  waves: z
    .array(z.array(ecsName).min(1))
    .min(1)
    .optional()
    .describe('Groups of services, updated one group after the other. Default: all at once.'),
  timing: timing.prefault({}).describe('How long to wait for what.'),
  queue: z
    .enum(QUEUE_POLICIES)
    .default('supersede')
    .describe(
      'Who waits while a release has the turn: only the newest commit (`supersede`), each in its order (`queue`), nobody (`reject`).',
    ),
  freezes: z
    .array(freeze)
    .default([])
    .describe('Times of the week in which nothing is deployed; rollbacks are.'),
  promote: promote
    .optional()
    .describe('The images that another environment has verified are brought here, without tests or builds.'),
  keep: keep.prefault({}).describe('What is kept for rollbacks.'),
  approval: mayBeEmpty(approval).optional().describe('Somebody has to say yes before anything is changed.'),
  migration: migration.optional().describe('One task before the services, with its exit code checked.'),
  bake: bake.optional().describe('What is watched after the health check, and for how long.'),
});

const notEmpty = <Section extends z.ZodType<object>>(section: Section, what: string) =>
  section.refine((value) => Object.keys(value).length > 0, { error: `expected at least one ${what}` });

export const configurationSchema = z.strictObject({
  app: plainName.describe('Name of the app.'),
  checks: z
    .record(checkName, check)
    .default({})
    .describe('Commands that must pass before anything is pushed.'),
  images: notEmpty(z.record(plainName, mayBeEmpty(image)), 'image').describe('Images to build.'),
  services: notEmpty(z.record(ecsName, mayBeEmpty(service)), 'service').describe(
    'ECS services that run the images. They must exist: Slipway updates them, it never creates any.',
  ),
  environments: notEmpty(z.record(plainName, environment), 'environment').describe('Where releases go.'),
});

export type ConfigurationFile = z.output<typeof configurationSchema>;
export type CheckSection = ConfigurationFile['checks'][string];
export type ImageSection = ConfigurationFile['images'][string];
export type ServiceSection = ConfigurationFile['services'][string];
export type EnvironmentSection = ConfigurationFile['environments'][string];
