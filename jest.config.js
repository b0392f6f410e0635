/**
 * Each kind of test is a project of its own: `jest --selectProjects unit` takes seconds and needs nothing,
 * `workflow` and `replay` need the Temporal CLI, `e2e` and `conformance` need Docker.
 */
const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['ts', 'js', 'json', 'node'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'es6' },
      },
    ],
  },
};

const project = (displayName, testMatch) => ({ ...common, displayName, testMatch });

/** @type {import('jest').Config} */
export default {
  testTimeout: 60_000,
  testSequencer: '<rootDir>/script/slow-first.js',
  projects: [
    {
      ...project('unit', ['<rootDir>/test/**/*.test.ts']),
      testPathIgnorePatterns: [
        '/node_modules/',
        '<rootDir>/test/(workflow|replay|simulation|e2e|conformance)/',
      ],
    },
    project('workflow', ['<rootDir>/test/{workflow,replay}/**/*.test.ts']),
    project('simulation', ['<rootDir>/test/simulation/**/*.test.ts']),
    project('e2e', ['<rootDir>/test/e2e/**/*.test.ts']),
    project('conformance', ['<rootDir>/test/conformance/**/*.test.ts']),
  ],
};
