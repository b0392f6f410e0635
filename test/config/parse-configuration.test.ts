import { describe, expect, it } from '@jest/globals';
import { parseConfiguration } from '../../src/config/parse-configuration.ts';
import type { ConfigurationError } from '../../src/errors.ts';

const SHORT = `app: shop
images:
  web:
services:
  web:
environments:
  production:
    cluster: main
`;

/** The short file with lines added at its end, or a part of it replaced. */
const plus = (lines: string): string => `${SHORT}${lines}`;
const withPart = (part: string, replacement: string): string => {
  expect(SHORT).toContain(part);
  return SHORT.replace(part, replacement);
};

function problemsOf(text: string): string[] {
  try {
    parseConfiguration(text);
  } catch (error) {
    expect(error).toMatchObject({ type: 'ConfigurationError', retryable: false });
    return (error as Error).message.split('\n');
  }
  return [];
}

describe('parseConfiguration', () => {
  it.each([
    ['of several problems the evidence has a line for each', 'a: 1\nb: 2\n', 2],
    ['of a single one it does not repeat the message', 'a: 1\n', 0],
  ])('%s', (_what, lines, evidence) => {
    try {
      parseConfiguration(plus(lines));
      throw new Error('it was taken');
    } catch (error) {
      expect((error as ConfigurationError).evidence).toHaveLength(evidence);
    }
  });

  it('fills in defaults for a plain one-service app', () => {
    const configuration = parseConfiguration(SHORT);
    expect(configuration).toMatchObject({
      app: 'shop',
      checks: {},
      images: {
        web: {
          context: '.',
          dockerfile: 'Dockerfile',
          args: {},
          commitArg: 'COMMIT_SHA',
          provenance: false,
          timeout: 1_800_000,
        },
      },
      services: { web: {} },
      environments: {
        production: {
          cluster: 'main',
          timing: { stable: 900_000, stall: 300_000, capacity: 600_000, poll: 5000 },
        },
      },
    });
  });

  it('takes numbers and booleans as values of variables as they are written', () => {
    const { checks } = parseConfiguration(
      plus('checks:\n  unit:\n    run: [npm, test]\n    env: { PORT: 8080, CI_DEBUG: false, NAME: x }\n'),
    );
    expect(checks.unit).toMatchObject({
      run: ['npm', 'test'],
      env: { PORT: '8080', CI_DEBUG: 'false', NAME: 'x' },
    });
  });

  it('takes a path apart from its dots and slashes', () => {
    const { images } = parseConfiguration(withPart('web:\nservices', 'web: { context: ./a/./b/ }\nservices'));
    expect(images.web?.context).toBe('a/b');
  });

  it('knows anchors and merge keys', () => {
    const { checks } = parseConfiguration(
      plus('checks:\n  a: &base { run: x, timeout: 90s }\n  b: { <<: *base, run: y }\n'),
    );
    expect(checks.b).toMatchObject({ run: 'y', timeout: 90_000 });
  });

  it.each([
    ['1500ms', 1500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['1.5m', 90_000],
    ['45000', 45_000],
  ])('reads the duration %s', (written, ms) => {
    const { checks } = parseConfiguration(plus(`checks: { a: { run: x, timeout: ${written} } }\n`));
    expect(checks.a?.timeout).toBe(ms);
  });
});

describe('a wrong configuration', () => {
  it.each<[string, string, string[]]>([
    [
      'a wrong architecture',
      withPart('  web:\nservices', '  web:\n    architecture: arm\nservices'),
      ['slipway.yaml:4 images.web.architecture: expected "arm64" or "amd64", got "arm"'],
    ],
    [
      'an unknown key, with the one that was meant',
      withPart('  web:\nservices', '  web:\n    dockerFile: x\nservices'),
      ['slipway.yaml:4 images.web.dockerFile: unknown key; did you mean "dockerfile"?'],
    ],
    [
      'an unknown key that is like no other',
      plus('zebra: 1\n'),
      ['slipway.yaml:9 zebra: unknown key; known here: app, checks, images, services, environments'],
    ],
    [
      'an unknown key below a default',
      plus('    timing: { stabel: 5m }\n'),
      ['slipway.yaml:9 environments.production.timing.stabel: unknown key; did you mean "stable"?'],
    ],
    [
      'a missing key',
      withPart('    cluster: main', '    services: [web]'),
      [
        'slipway.yaml:7 environments.production.cluster: is missing: expected an ECS name of letters, digits, - and _',
      ],
    ],
    [
      'an empty section that has no defaults',
      withPart('\n    cluster: main', ''),
      ['slipway.yaml:7 environments.production: expected a mapping of keys to values, got nothing'],
    ],
    [
      'no image at all',
      withPart('\n  web:\nservices', ' {}\nservices'),
      ['slipway.yaml:2 images: expected at least one image'],
    ],
    [
      'a wrong name',
      withPart('app: shop', 'app: The Shop'),
      [
        'slipway.yaml:1 app: expected a name of lower-case letters and digits, joined by single . _ or -, got "The Shop"',
      ],
    ],
    [
      'a wrong name of a section',
      withPart('  web:\nservices', '  web:\n  we/b:\nservices'),
      [
        'slipway.yaml:4 images.we/b: expected a name of lower-case letters and digits, joined by single . _ or -, got "we/b"',
      ],
    ],
    [
      'a wrong duration',
      plus('    timing: { stable: soon }\n'),
      [
        'slipway.yaml:9 environments.production.timing.stable: expected a duration such as 30s, 5m, 1h30m or a number of milliseconds, got "soon"',
      ],
    ],
    [
      'a duration of nothing',
      plus('    timing: { stable: 0 }\n'),
      [
        'slipway.yaml:9 environments.production.timing.stable: expected a duration of at least 1000 ms, got 0',
      ],
    ],
    [
      'a command that is neither script nor list',
      plus('checks: { a: { run: [] }, b: { run: { x: 1 } }, c: { run: "" } }\n'),
      [
        'slipway.yaml:9 checks.a.run: expected a shell script, or a list of a program and its arguments, got a list',
        'slipway.yaml:9 checks.b.run: expected a shell script, or a list of a program and its arguments, got a mapping',
        'slipway.yaml:9 checks.c.run: expected a shell script, or a list of a program and its arguments, got ""',
      ],
    ],
    [
      'an approval, a migration and a bake time that are wrong',
      plus(
        '    approval: { dedline: 1h }\n    migration: { service: web, command: npm run migrate, reversible: yes please }\n    bake: { alarms: [""], logs: [{ service: web, pattern: " ", perMinute: -1, patern: x }] }\n',
      ),
      [
        'slipway.yaml:9 environments.production.approval.dedline: unknown key; did you mean "deadline"?',
        'slipway.yaml:10 environments.production.migration.command: expected a list of a program and its arguments, got "npm run migrate"',
        'slipway.yaml:10 environments.production.migration.reversible: expected true or false, got "yes please"',
        'slipway.yaml:11 environments.production.bake.duration: is missing: expected a duration such as 30s, 5m, 1h30m or a number of milliseconds',
        'slipway.yaml:11 environments.production.bake.alarms.0: expected the name of a CloudWatch alarm, got ""',
        'slipway.yaml:11 environments.production.bake.logs.0.pattern: expected a CloudWatch Logs filter pattern, got " "',
        'slipway.yaml:11 environments.production.bake.logs.0.perMinute: expected a whole number from 0 to 10000, got -1',
        'slipway.yaml:11 environments.production.bake.logs.0.patern: unknown key; did you mean "pattern"?',
      ],
    ],
    [
      'several things at once, in the order of the file',
      withPart('app: shop', 'app: 7').replace('cluster: main', 'cluster: a b'),
      [
        'slipway.yaml:1 app: expected a name of lower-case letters and digits, joined by single . _ or -, got 7',
        'slipway.yaml:8 environments.production.cluster: expected an ECS name of letters, digits, - and _, got "a b"',
      ],
    ],
    [
      'a list instead of a mapping',
      '- app',
      ['slipway.yaml:1: expected a mapping of keys to values, got a list'],
    ],
    ['an empty file', '', ['slipway.yaml:1: expected a mapping of keys to values, got nothing']],
    [
      'broken YAML',
      'app: [',
      [
        'slipway.yaml:1 is not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
      ],
    ],
    ['a key twice', plus('app: two\n'), ['slipway.yaml:9 is not valid YAML: Map keys must be unique']],
  ])('names %s', (_what, text, expected) => {
    expect(problemsOf(text)).toEqual(expected);
  });

  it.each(['/etc', '../x', 'a/../../b', 'a/..', '"a\\0b"', 'C:\\x', '""'])('refuses the path %s', (path) => {
    expect(problemsOf(withPart('  web:\nservices', `  web: { context: ${path} }\nservices`))).toEqual([
      expect.stringMatching(
        /^slipway.yaml:3 images.web.context: expected a path inside the repository: relative, without \.\., got /,
      ),
    ]);
  });

  it.each([
    ['http://user:pw@host/', 'got "http://user:pw@host/"'],
    ['file:///etc/passwd', 'got "file:///etc/passwd"'],
  ])('refuses the health URL %s', (url, expected) => {
    expect(problemsOf(withPart('  web:\nenv', `  web: { health: { url: "${url}" } }\nenv`))).toEqual([
      `slipway.yaml:5 services.web.health.url: expected an http or https URL without user name or password, ${expected}`,
    ]);
  });

  it('is not blown up by aliases', () => {
    const levels = Array.from(
      { length: 12 },
      (_, n) => `a${n}: &a${n} [${Array(9).fill(n === 0 ? 'x' : `*a${n - 1}`)}]`,
    );
    expect(problemsOf(levels.join('\n'))).toEqual([expect.stringContaining('alias')]);
  });

  it('does not trip over names of Object.prototype', () => {
    expect(problemsOf(plus('checks: { constructor: { run: x, needs: [toString] } }\n'))).toEqual([
      'slipway.yaml:9 checks.constructor.needs.0: there is no check "toString"; there is constructor',
    ]);
    expect(problemsOf(plus('__proto__: 1\n'))).toEqual([expect.stringContaining('__proto__: unknown key')]);
  });
});

describe('names that do not fit together', () => {
  const three = (rest: string): string => `app: shop
images: { api: {}, web: {} }
services: { api: {}, web: {} }
${rest}`;
  const production = (rest: string): string =>
    three(`environments:\n  production: { cluster: c, ${rest} }\n`);
  const base = 'environments: { production: { cluster: c } }\n';

  it.each<[string, string, string[]]>([
    [
      'a check that needs an unknown one',
      three(`${base}checks:\n  a: { run: x, needs: [lnit] }\n  lint: { run: x }\n`),
      ['slipway.yaml:6 checks.a.needs.0: there is no check "lnit"; did you mean "lint"?'],
    ],
    [
      'checks that need each other, once',
      three(
        `${base}checks:\n  a: { run: x, needs: [b] }\n  b: { run: x, needs: [c] }\n  c: { run: x, needs: [a] }\n`,
      ),
      ['slipway.yaml:6 checks.a.needs: checks need each other: a → b → c → a'],
    ],
    [
      'a check that needs itself',
      three(`${base}checks: { a: { run: x, needs: [a] } }\n`),
      ['slipway.yaml:5 checks.a.needs: checks need each other: a → a'],
    ],
    [
      'a service without an image of its name',
      `app: a\nimages: { web: {} }\nservices: { front: {}, web: {} }\n${base}`,
      ['slipway.yaml:3 services.front: expected image or containers, as there is no image "front"'],
    ],
    [
      'a service with an unknown image',
      `app: a\nimages: { web: {} }\nservices: { front: { image: wbe }, web: {} }\n${base}`,
      ['slipway.yaml:3 services.front.image: there is no image "wbe"; did you mean "web"?'],
    ],
    [
      'a container with an unknown image',
      `app: a\nimages: { web: {} }\nservices: { web: { containers: { main: web, side: log } } }\n${base}`,
      ['slipway.yaml:3 services.web.containers.side: there is no image "log"; there is web'],
    ],
    [
      'a service with both image and containers',
      `app: a\nimages: { web: {} }\nservices: { web: { image: web, containers: { main: web } } }\n${base}`,
      ['slipway.yaml:3 services.web.image: expected either image or containers, got both'],
    ],
    [
      'a health check of nothing, and one of two things',
      `app: a\nimages: { a: {}, b: {} }\nservices:\n  a: { health: {} }\n  b: { health: { path: /, url: "http://x/" } }\n${base}`,
      [
        'slipway.yaml:4 services.a.health: expected either path or url',
        'slipway.yaml:5 services.b.health: expected either path or url',
      ],
    ],
    [
      'two images in one repository',
      `app: a\nimages:\n  web: {}\n  api: { repository: a/web }\nservices: { web: {}, api: {} }\n${base}`,
      [
        'slipway.yaml:4 images.api.repository: expected a repository of its own: "a/web" is that of image "web", and both would be tagged with the commit',
      ],
    ],
    [
      'an image that nothing runs and whose architecture nobody knows',
      `app: a\nimages:\n  web: {}\n  job: {}\nservices: { web: {} }\n${base}`,
      [
        'slipway.yaml:4 images.job: expected an architecture ("arm64" or "amd64"), as no service runs this image',
      ],
    ],
    [
      'a build argument that Slipway sets',
      `app: a\nimages: { web: { args: { COMMIT_SHA: x } } }\nservices: { web: {} }\n${base}`,
      [
        'slipway.yaml:2 images.web.args.COMMIT_SHA: is set by Slipway to the commit; name another argument, or change commitArg',
      ],
    ],
    [
      'a wave with an unknown service, and one that is in no wave',
      production('waves: [[ap]]'),
      [
        'slipway.yaml:5 environments.production.waves.0.0: there is no service "ap"; did you mean "api"?',
        'slipway.yaml:5 environments.production.waves: service "api" is in no wave',
        'slipway.yaml:5 environments.production.waves: service "web" is in no wave',
      ],
    ],
    [
      'a service in two waves',
      production('waves: [[api, web], [api]]'),
      ['slipway.yaml:5 environments.production.waves: service "api" is in two waves'],
    ],
    [
      'a promotion from an environment that is not there',
      production('promote: stagin'),
      [
        'slipway.yaml:5 environments.production.promote: there is no environment "stagin"; there is production',
      ],
    ],
    [
      'a promotion from itself',
      production('promote: { from: production }'),
      [
        'slipway.yaml:5 environments.production.promote: environments promote to each other: production ← production',
      ],
    ],
    [
      'a promotion in words that nobody knows',
      production('promote: { form: production }'),
      [
        'slipway.yaml:5 environments.production.promote: expected the name of an environment, or a mapping with `from` and `required`, got a mapping',
      ],
    ],
    [
      'a wave with a service that the environment does not have',
      production('services: [api], waves: [[api], [web]]'),
      [
        'slipway.yaml:5 environments.production.waves.1.0: service "web" is not one of this environment\'s services',
      ],
    ],
    [
      'a migration of a service that the environment does not have, and one of none',
      three(
        'environments:\n  a: { cluster: c, services: [api], migration: { service: web, command: [x] } }\n  b: { cluster: c, migration: { service: ap, command: [x] } }\n',
      ),
      [
        'slipway.yaml:5 environments.a.migration.service: service "web" is not one of this environment\'s services',
        'slipway.yaml:6 environments.b.migration.service: there is no service "ap"; did you mean "api"?',
      ],
    ],
    [
      'logs of an unknown service, and an alarm twice',
      production('bake: { duration: 1m, alarms: [a, b, a], logs: [{ service: wbe, pattern: x }] }'),
      [
        'slipway.yaml:5 environments.production.bake.logs.0.service: there is no service "wbe"; did you mean "web"?',
        'slipway.yaml:5 environments.production.bake.alarms: names "a" twice',
      ],
    ],
    [
      'an environment with an unknown service',
      production('services: [api, webb]'),
      ['slipway.yaml:5 environments.production.services.1: there is no service "webb"; did you mean "web"?'],
    ],
    [
      'two services that are one in ECS',
      `app: a\nimages: { web: {} }\nservices: { web: {}, api: { image: web, service: web } }\n${base}`,
      ['slipway.yaml:4 environments.production: two of its services are the ECS service "web"'],
    ],
  ])('are told: %s', (_what, text, expected) => {
    expect(problemsOf(text)).toEqual(expected);
  });
});
