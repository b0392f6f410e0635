import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Command } from 'commander';
import { impliedApp } from '../../../src/cli/finding/implied-app.ts';
import { environmentCommand } from '../../../src/cli/render/command.ts';
import { renderReport } from '../../../src/cli/render/report.ts';
import { PLAIN } from '../fake-terminal.ts';
import { SUCCEEDED } from './reports.ts';

const PLACE = { app: 'shop', environment: 'production' };

describe('a command about an environment', () => {
  it.each([
    ['where its app is the one that is meant anyway', 'shop', 'slipway why production 3'],
    ['where another one is', 'blog', 'slipway why production 3 --app shop'],
    ['where none is', null, 'slipway why production 3 --app shop'],
  ])('%s', (_case, reader, command) => {
    expect(environmentCommand('why', PLACE, { impliedApp: reader }, { rest: ['3'] })).toBe(command);
  });

  it('quotes odd names', () => {
    const place = { app: 'my shop', environment: '-x' };
    expect(environmentCommand('status', place, { impliedApp: null })).toBe(
      "slipway status --app 'my shop' -- -x",
    );
  });

  it('stands below a report as it has to be pasted', () => {
    const report = { ...SUCCEEDED, verdict: 'failed' as const };
    const sha = report.commit?.sha;
    const next = (app: string | null) =>
      renderReport(report, { ...PLAIN, impliedApp: app }).split('Next\n')[1];
    expect(next(null)).toContain(`slipway deploy production --sha ${sha} --app shop`);
    expect(next('shop')).toMatch(/ [0-9a-f]{40}\n$/);
  });
});

describe('the app that a command means by itself', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-implied-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const typed = (...args: string[]): Command => {
    const command = new Command('why').option('--app <name>').action(() => undefined);
    return command.parse(['node', 'slipway', ...args]);
  };

  it('is that of the slipway.yaml here, unless one was named', async () => {
    expect(await impliedApp(typed(), folder)).toBe(null);
    await writeFile(join(folder, 'slipway.yaml'), 'app: shop');
    expect(await impliedApp(typed(), folder)).toBe('shop');
    expect(await impliedApp(typed('--app', 'shop'), folder)).toBe(null);
    await writeFile(join(folder, 'slipway.yaml'), 'app: [');
    expect(await impliedApp(typed(), folder)).toBe(null);
  });
});
