/** The next task definition of a service, as a release registers it and as `slipway plan` shows it before. */
import type { RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';
import type { FoundTaskDefinition } from '../aws/ecs.ts';
import { nextTaskDefinition } from '../aws/task-definition.ts';
import { ConfigurationError } from '../errors.ts';
import type { ServicePlan } from '../release/plan.ts';

/**
 * @param referenceOf image → `<repository>@<digest>`; undefined: the release has none of that name
 * @throws ConfigurationError
 */
export const nextOf = (
  service: Pick<ServicePlan, 'name' | 'containers'>,
  { taskDefinition, tags: baseTags }: FoundTaskDefinition,
  referenceOf: (image: string) => string | undefined,
  tags: Readonly<Record<string, string>>,
): RegisterTaskDefinitionCommandInput =>
  nextTaskDefinition({ base: taskDefinition, baseTags, images: imagesOf(service, referenceOf), tags });

const imagesOf = (
  { name, containers }: Pick<ServicePlan, 'name' | 'containers'>,
  referenceOf: (image: string) => string | undefined,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(containers).map(([container, image]) => {
      const reference = referenceOf(image);
      if (reference === undefined)
        throw new ConfigurationError(`service ${name} runs image ${image}, which this release did not build`);
      return [container, reference];
    }),
  );
