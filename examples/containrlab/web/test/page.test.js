import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { loadPage } from './load-page.js';

const { Lab } = await loadPage('lab.jsx');

const draw = (props) =>
  renderToStaticMarkup(createElement(Lab, { fleet: {}, jobs: [], problem: null, ...props }));

test('without jobs the page says so', () => {
  assert.match(draw(), /No jobs yet/);
  assert.doesNotMatch(draw(), /<table>/);
});

test('a job is shown with its state and value', () => {
  const html = draw({ jobs: [{ id: 'a', expression: '6 * 7', state: 'done', value: '42' }] });
  assert.match(html, /<code>6 \* 7<\/code>/);
  assert.match(html, /<td class="done">done<\/td><td>42<\/td>/);
});

test('a failed job is shown with its reason', () => {
  const html = draw({ jobs: [{ id: 'a', expression: '1 / 0', state: 'failed', error: 'division by zero' }] });
  assert.match(html, /<td class="failed">failed<\/td><td>division by zero<\/td>/);
});

test('an expression is text, never markup', () => {
  const html = draw({ jobs: [{ id: 'a', expression: '<script>', state: 'queued' }] });
  assert.match(html, /<code>&lt;script&gt;<\/code>/);
});

test('there is a form that submits an expression', () => {
  assert.match(draw(), /<form><input[^>]+name="expression"/);
});

test('a problem is announced', () => {
  assert.match(draw({ problem: 'the api does not answer' }), /role="alert">the api does not answer</);
  assert.doesNotMatch(draw(), /role="alert"/);
});

test('the fleet shows the short commit of each service, or that it does not answer', () => {
  const html = draw({ fleet: { web: '0123456789', api: '0123456789', runnerd: null } });
  assert.match(html, /web <code>0123456<\/code>/);
  assert.match(html, /runnerd <code>no answer<\/code>/);
  assert.match(html, /runner <code>no answer<\/code>/);
});

test('a fleet of several commits is pointed out', () => {
  const one = { web: 'aaaaaaa', api: 'aaaaaaa', runnerd: 'aaaaaaa', runner: 'aaaaaaa' };
  assert.doesNotMatch(draw({ fleet: one }), /different commits/);
  assert.match(draw({ fleet: { ...one, api: 'bbbbbbb' } }), /different commits/);
});
