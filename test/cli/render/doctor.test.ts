/** What `slipway doctor` says in a narrow terminal: whoever copies a fix has the command. */
import { describe, expect, it } from '@jest/globals';
import { allow } from '../../../src/cli/doctor/permissions.ts';
import { columnsOf } from '../../../src/cli/render/columns.ts';
import { renderDoctor } from '../../../src/cli/render/doctor.ts';
import { asReadBy } from '../../release/shell-readers.ts';

const IDENTITY = { account: '123456789012', arn: 'arn:aws:iam::123456789012:user/ada', id: 'AIDA' };
const POLICY = allow(IDENTITY, ['ecs:DescribeServices', 'ecs:UpdateService', 'ecs:RegisterTaskDefinition']);
const CLUSTER = 'aws ecs create-cluster --cluster-name shop   (or correct environments.production.cluster)';

const fixIn = (fix: string, width: number, wrap = true): string => {
  const finding = { id: 'aws.ecs', what: 'ECS', state: 'broken', says: 'denied', fix } as const;
  const text = renderDoctor('deploy', [finding], { color: false, width, wrap });
  if (wrap) for (const line of text.split('\n')) expect(columnsOf(line)).toBeLessThanOrEqual(width);
  return /fix:\s+(.*?)\n\n/s.exec(text)?.[1] ?? '';
};

describe('a fix that is a command', () => {
  it.each([100, 80, 40])('can be copied from lines of %i', async (width) => {
    const asSlipway = (command: string): string => command.replace(/^aws/, 'slipway');
    const [copied, whole] = await asReadBy('bash', [fixIn(POLICY, width), POLICY].map(asSlipway));
    expect(copied).toEqual(whole);
  });

  it('has what is said of it on a line of its own', () => {
    expect(fixIn(CLUSTER, 80).split('\n')).toEqual([
      'aws ecs create-cluster --cluster-name shop',
      '                 (or correct environments.production.cluster)',
    ]);
  });

  it('is one line for a pipe', () => {
    expect(fixIn(POLICY, 80, false)).toBe(POLICY);
  });
});
