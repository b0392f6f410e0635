import { describe, expect, it } from '@jest/globals';
import { isPinned, nextTaskDefinition, pinTo, tagValue } from '../../src/aws/task-definition.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('nextTaskDefinition', () => {
  const base = {
    family: 'api',
    revision: 7,
    cpu: '256',
    memory: undefined,
    containerDefinitions: [
      { name: 'app', image: 'shop/api:1', environment: [{ name: 'A', value: '1' }] },
      { name: 'proxy', image: 'envoy:1' },
      { image: 'nameless:1' },
    ],
  };

  it('changes the image of the named containers only', () => {
    const next = nextTaskDefinition({
      base: base as never,
      baseTags: [],
      images: { app: `shop/api@${DIGEST}`, gone: 'x' },
      tags: {},
    });
    expect(next).toEqual({
      family: 'api',
      cpu: '256',
      containerDefinitions: [
        { name: 'app', image: `shop/api@${DIGEST}`, environment: [{ name: 'A', value: '1' }] },
        { name: 'proxy', image: 'envoy:1' },
        { image: 'nameless:1' },
      ],
      tags: [],
    });
    expect(base.containerDefinitions[0]?.image).toBe('shop/api:1');
  });

  it("keeps the tags of others, replaces ours, and drops AWS's own, which nobody may write", () => {
    const { tags } = nextTaskDefinition({
      base,
      baseTags: [
        { key: 'team', value: 'blue' },
        { key: 'empty' },
        { value: 'keyless' },
        { key: 'aws:cloudformation:stack-id', value: 'x' },
        { key: 'AWS:x', value: 'x' },
        { key: 'slipway:release', value: 'old' },
        { key: 'slipway:pinned-from', value: 'old' },
      ],
      images: {},
      tags: { 'slipway:release': 'new' },
    });
    expect(tags).toEqual([
      { key: 'team', value: 'blue' },
      { key: 'empty' },
      { key: 'slipway:release', value: 'new' },
    ]);
  });
});

describe('images by digest', () => {
  it.each([
    [true, `shop/api@${DIGEST}`],
    [true, `registry.test:5000/shop/api:1@${DIGEST}`],
    [false, 'shop/api:1'],
    [false, 'shop/api'],
    [false, 'shop/api@sha256:abc'],
    [false, `shop/api@${DIGEST}0`],
    [false, ''],
  ])('%p: %s means the same for ever', (pinned, image) => {
    expect(isPinned(image)).toBe(pinned);
  });

  it.each([
    ['shop/api:1', 'shop/api'],
    ['shop/api', 'shop/api'],
    ['nginx', 'nginx'],
    ['registry.test:5000/shop/api:1', 'registry.test:5000/shop/api'],
    ['registry.test:5000/shop/api', 'registry.test:5000/shop/api'],
    [`shop/api@sha256:${'b'.repeat(64)}`, 'shop/api'],
    [`shop/api:1@sha256:${'b'.repeat(64)}`, 'shop/api'],
  ])('%s is pinned under its name', (image, name) => {
    expect(pinTo(image, DIGEST)).toBe(`${name}@${DIGEST}`);
  });

  it('reads a tag of a task definition', () => {
    expect(tagValue([{ key: 'a', value: '1' }], 'a')).toBe('1');
    expect(tagValue([{ key: 'a', value: '1' }], 'b')).toBeUndefined();
  });
});
