// Native ESM; types are stripped by Node's own stripper, so tests run the very code that the daemon runs.
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/support/strip-types.mjs' },
  // nothing is measured by it: it ends what hangs, also on a machine that is busy with other things
  testTimeout: 120_000,
}
