import { describe, expect, it } from '@jest/globals';
import { said, shortNames } from '../../../src/cli/render/short-names.ts';

const SHA = 'c0ffee0123'.repeat(4);
const DIGEST = `sha256:${'ab'.repeat(32)}`;
const ECS = 'arn:aws:ecs:eu-central-1:123456789012';

describe('names in a text', () => {
  it.each([
    [`pushed ${DIGEST}`, 'pushed sha256:abababababab'],
    [`web@${DIGEST} is gone`, 'web@sha256:abababababab is gone'],
    [`${ECS}:task-definition/api:7`, 'api:7'],
    [`(service ${ECS}:service/shop/api) is away.`, '(service service/shop/api) is away.'],
    ['by arn:aws:iam::123456789012:role/deploy, not by us.', 'by role/deploy, not by us.'],
    [
      'on arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:db-Ab1: denied',
      'on secret:db-Ab1: denied',
    ],
    [`${SHA} is older than ${SHA}, which serves`, 'c0ffee0123c0 is older than c0ffee0123c0, which serves'],
    ['arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/shop/cd33', 'shop/cd33'],
    // What people copy stays whole.
    [`slipway deploy --sha ${SHA}`, `slipway deploy --sha ${SHA}`],
    [`deploy/shop/production/${SHA}`, `deploy/shop/production/${SHA}`],
    ['arn:aws:ecs is how they begin', 'arn:aws:ecs is how they begin'],
  ])('%s', (text, expected) => {
    expect(shortNames(text)).toBe(expected);
  });

  it('are shortened after the text was made safe', () => {
    expect(said(`one\u001b[31m ${DIGEST}\n::error::`)).toBe('one sha256:abababababab ::error::');
  });
});
