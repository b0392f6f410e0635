// The shape of a lifecycle policy: stored and not applied here, but what ECR would refuse is refused.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
import { z } from 'zod';
import { AwsError } from '../wire/aws-error.ts';

const selection = z
  .object({
    tagStatus: z.enum(['tagged', 'untagged', 'any']),
    tagPrefixList: z.array(z.string()).optional(),
    tagPatternList: z.array(z.string()).optional(),
    countType: z.string(),
    countNumber: z.number().int().positive(),
    countUnit: z.string().optional(),
  })
  .refine(
    ({ tagStatus, tagPrefixList, tagPatternList }) =>
      tagStatus !== 'tagged' || tagPrefixList !== undefined || tagPatternList !== undefined,
    "tagStatus 'tagged' needs a tagPrefixList or a tagPatternList",
  );
const policy = z.object({
  rules: z
    .array(
      z.object({
        rulePriority: z.number().int().positive(),
        description: z.string().optional(),
        selection,
        action: z.object({ type: z.string() }),
      }),
    )
    .refine(
      (rules) => new Set(rules.map((rule) => rule.rulePriority)).size === rules.length,
      'each rulePriority may be used once',
    ),
});

/** Throws AwsError `InvalidParameterException` that says what is wrong, and where. */
export function requireLifecyclePolicy(text: string | undefined): string {
  const result = policy.safeParse(parse(text ?? ''));
  if (result.success) return text ?? '';
  const [issue] = result.error.issues;
  throw new AwsError(
    'InvalidParameterException',
    `Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: ${issue?.path.join('.') || 'policy'}: ${issue?.message}'`,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
