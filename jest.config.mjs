// Comparisons with other programs over many inputs take minutes. They are a run of their own: `npm run differential`.
const isDifferential = process.env.DIFFERENTIAL === '1';

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  testMatch: [`<rootDir>/test/${isDifferential ? 'differential/' : ''}**/*.test.ts`],
  testPathIgnorePatterns: isDifferential ? [] : ['<rootDir>/test/differential/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  moduleNameMapper: {
    '^containerregistry$': '<rootDir>/src/index.ts',
    '^containerregistry/(.*)$': '<rootDir>/src/$1/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  testTimeout: 60_000,
  maxWorkers: 2,
  // Modules of finished tests stay in a worker's memory.
  workerIdleMemoryLimit: '1GB',
};
