/** One project a kind of test, so that `npm run jest -- --selectProjects unit` runs what you are working on. */
const shared = {
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }] },
  moduleNameMapper: { '^ceph-playbook$': '<rootDir>/src/index.ts' },
  modulePathIgnorePatterns: ['<rootDir>/dist'],
}

const project = (displayName, folders, extra = {}) => ({
  ...shared,
  displayName,
  testMatch: folders.map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
  ...extra,
})

export default {
  // A machine that boots a lab meanwhile is slow; what hangs is found all the same.
  testTimeout: 120_000,
  projects: [
    project('unit', ['core', 'modules', 'roles', 'inventory', 'runner', 'report']),
    project('transport', ['transport']),
    project('cli', ['cli'], { globalSetup: '<rootDir>/test/cli/build.mjs' }),
    project('semantics', ['semantics']),
    project('lab', ['lab']),
  ],
}
