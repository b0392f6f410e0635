// The small pure parts, as tables.
import { describe, expect, it } from '@jest/globals';
import { emptyState, type ServiceRecord } from '../../../src/local/ecs/model.ts';
import { prune } from '../../../src/local/ecs/prune.ts';
import { addEvent } from '../../../src/local/ecs/services/service-events.ts';
import { parseImageName, pinned } from '../../../src/local/ecs/task-definitions/image-name.ts';
import { parseRevisionReference } from '../../../src/local/ecs/task-definitions/task-definition-reference.ts';
import { localTiming } from '../../../src/local/ecs/timing.ts';

const digest = `sha256:${'0'.repeat(64)}`;

describe('parseImageName', () => {
  it.each([
    ['python', { repository: 'python' }],
    ['python:3.11-slim', { repository: 'python', tag: '3.11-slim' }],
    ['localhost:5000/a/b', { repository: 'localhost:5000/a/b' }],
    ['localhost:5000/a/b:c', { repository: 'localhost:5000/a/b', tag: 'c' }],
    [`localhost:5000/a@${digest}`, { repository: 'localhost:5000/a', digest }],
    [`a:b@${digest}`, { repository: 'a', tag: 'b', digest }],
    ['', undefined],
    ['two words', undefined],
    ['/a', undefined],
    ['a/', undefined],
    ['a@sha256:0', undefined],
  ])('of %j', (image, expected) => {
    expect(parseImageName(image)).toEqual(expected);
  });

  it('pins by digest, leaving the tag behind', () => {
    expect(pinned('localhost:5000/a:b', digest)).toBe(`localhost:5000/a@${digest}`);
    expect(pinned('localhost:5000/a:b', undefined)).toBe('localhost:5000/a:b');
  });
});

describe('parseRevisionReference', () => {
  it.each([
    ['web', { family: 'web' }],
    ['web:7', { family: 'web', revision: 7 }],
    ['arn:aws:ecs:us-east-1:000000000000:task-definition/web:7', { family: 'web', revision: 7 }],
    ['web:0', undefined],
    ['we b', undefined],
  ])('of %s', (reference, expected) => {
    expect(parseRevisionReference(reference)).toEqual(expected);
  });
});

describe('events', () => {
  it('are newest first, at most 100, and do not repeat the newest', () => {
    const service = { events: [] } as unknown as ServiceRecord;
    for (let index = 0; index < 120; index += 1) {
      addEvent(service, `event ${index}`, index);
      addEvent(service, `event ${index}`, index);
    }
    expect(service.events).toHaveLength(100);
    expect(service.events[0]?.message).toBe('event 119');
    expect(new Set(service.events.map(({ message }) => message)).size).toBe(100);
  });

  it('have a time each, so that a client that sorts by it keeps their order', () => {
    const service = { name: 'web', deployments: [], events: [] } as unknown as ServiceRecord;
    for (const message of ['started', 'completed', 'steady']) addEvent(service, message, 1000);
    addEvent(service, 'later', 2000);
    expect(service.events.map(({ message, createdAtMs }) => [message, createdAtMs])).toEqual([
      ['later', 2000],
      ['steady', 1002],
      ['completed', 1001],
      ['started', 1000],
    ]);
  });
});

describe('prune', () => {
  it('forgets old tokens, deleted services and unused revisions, and keeps what is named', () => {
    const hour = 60 * 60 * 1000;
    const state = emptyState();
    const record = (value: object): never => value as never;
    const now = 100 * 24 * hour;
    state.runTokens = { old: record({ atMs: 0 }), young: record({ atMs: now - 10 * hour }) };
    state.services = {
      gone: record({ inactiveSinceMs: 0, deployments: [] }),
      here: record({ deployments: [{ revisionArn: 'used' }], lastCompleted: { revisionArn: 'last' } }),
    };
    state.tasks = { one: record({ revisionArn: 'ran' }) };
    const deployment = (more: object): never =>
      record({ sourceRevisionArns: ['before'], targetRevisionArn: 'after', ...more });
    state.serviceDeployments = {
      // ECS shows those of the last 90 days; one that is not over stays, however old.
      old: deployment({ finishedAtMs: 10 * 24 * hour - 1, targetRevisionArn: 'idle' }),
      young: deployment({ finishedAtMs: 10 * 24 * hour }),
      open: deployment({ createdAtMs: 0 }),
    };
    const revisions = ['used', 'last', 'ran', 'before', 'after', 'idle'];
    state.serviceRevisions = Object.fromEntries(revisions.map((arn) => [arn, record({})]));
    prune(state, localTiming, now);
    expect(Object.keys(state.runTokens)).toEqual(['young']);
    expect(Object.keys(state.services)).toEqual(['here']);
    expect(Object.keys(state.serviceDeployments)).toEqual(['young', 'open']);
    expect(Object.keys(state.serviceRevisions)).toEqual(['used', 'last', 'ran', 'before', 'after']);
  });
});
