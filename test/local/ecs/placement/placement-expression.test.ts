// The cluster query language: what each expression says of one instance.
import { describe, expect, it } from '@jest/globals';
import { parseQuery } from '../../../../src/local/ecs/placement/placement-expression.ts';

const instance = {
  attributes: { 'ecs.cpu-architecture': 'arm64', 'ecs.os-type': 'linux', zone: 'blue', rack: '7' },
  ec2InstanceId: 'i-1',
  runningTasks: 3,
  groups: new Set(['service:web', 'family:job']),
};

describe('an expression', () => {
  it.each([
    ['attribute:ecs.cpu-architecture == arm64', true],
    ['attribute:ecs.cpu-architecture == x86_64', false],
    ['attribute:ecs.os-type equals linux', true],
    ['attribute:zone != blue', false],
    ['attribute:zone not_equals red', true],
    ['attribute:none != red', true],
    ['attribute:zone in [red, blue]', true],
    ['attribute:zone !in [red, blue]', false],
    ['attribute:zone not_in [red,green]', true],
    ['attribute:zone exists', true],
    ['attribute:zone !exists', false],
    ['attribute:none not_exists', true],
    ['attribute:zone =~ bl.*', true],
    ['attribute:zone =~ lu', false],
    ['attribute:zone !~ re.', true],
    ['attribute:rack > 6', true],
    ['attribute:rack less_than_equal 6', false],
    ['runningTasksCount < 4', true],
    ['ec2InstanceId in [i-1, i-2]', true],
    ['task:group == service:web', true],
    ['not(task:group == service:db)', true],
    ['task:group == service:db or attribute:zone == blue', true],
    ['task:group == service:db || attribute:zone == red and attribute:rack == 7', false],
    ['(task:group == service:web or attribute:zone == red) && !attribute:rack == 8', true],
  ])('%s: %s', (expression, expected) => {
    expect(parseQuery(expression)(instance)).toBe(expected);
  });

  it.each([
    '',
    'attribute:zone',
    'attribute:zone ~ x',
    'zone == blue',
    '(attribute:zone exists',
    'attribute:zone in blue',
    'attribute:zone == blue )',
    'attribute:zone =~ [',
  ])('%j is refused', (expression) => {
    expect(() => parseQuery(expression)).toThrow(/^Invalid expression/);
  });
});
