// Who may import whom (the plan's "The folders", 1 and 2). TypeScript 7 is read through swc: dependency-cruiser's own
// reader finds no file at all then, and calls that "no violations"; build/imports.test.ts counts what was seen.

/** A package, by the names under which the resolver reports it: found, not found, or built into the runtime. */
const pkg = (names) => `(^|node_modules/)(${names})(/|$)`
const source = '^(protocol|trust|backend|main|preload|renderer)/'
const test = '\\.test\\.tsx?$'

/** A rule that a house imports nothing of our own but what is named here. */
const only = (house, allowed) => ({
  name: `${house}-imports-down`,
  severity: 'error',
  comment: `${house} may import only ${[house, ...allowed].join(', ')}.`,
  from: { path: `^${house}/` },
  to: { path: source, pathNot: `^(${[house, ...allowed].join('|')})/` },
})

module.exports = {
  forbidden: [
    only('protocol', []),
    only('trust', ['protocol']),
    only('backend', ['trust', 'protocol']),
    only('main', ['trust', 'protocol']),
    only('preload', ['protocol']),
    only('renderer', ['protocol']),
    {
      name: 'source-never-imports-tests',
      severity: 'error',
      comment: 'What ships does not reach into tests, benchmarks or the build.',
      from: { path: source, pathNot: test },
      to: { path: `^(tests|bench|build)/|${test}` },
    },
    {
      name: 'protocol-stays-pure',
      severity: 'error',
      comment: 'protocol imports zod and the contract library, nothing else.',
      from: { path: '^protocol/', pathNot: test },
      to: { pathNot: `^protocol/|${pkg('zod|@orpc/contract')}` },
    },
    {
      name: 'renderer-without-node',
      severity: 'error',
      comment: 'The renderer runs sandboxed, as a web page does.',
      from: { path: '^renderer/', pathNot: test },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'electron-only-in-the-desktop',
      severity: 'error',
      comment: 'Electron belongs to main and preload; backend/embedded.ts talks to it through process.parentPort.',
      from: { path: source, pathNot: '^(main|preload)/' },
      to: { path: pkg('electron') },
    },
    {
      name: 'vault-audit-cli-without-electron',
      severity: 'error',
      comment: 'The same code runs under the app and under plain Node.',
      from: { path: '^main/(vault|audit|cli)/' },
      to: { path: pkg('electron') },
    },
    {
      name: 'openpgp-behind-one-folder',
      severity: 'error',
      comment: 'Only trust and main/vault handle OpenPGP.',
      from: { path: source, pathNot: '^(trust|main/vault)/' },
      to: { path: pkg('openpgp') },
    },
    {
      name: 'no-circles',
      severity: 'error',
      comment: 'A circle of imports has no first file to read. Types alone may go round.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(\\.tsbuild|out|release)/' },
    moduleSystems: ['es6', 'cjs'],
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
    },
  },
}
