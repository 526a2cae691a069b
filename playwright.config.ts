import { defineConfig } from '@playwright/test'

const packaged = process.env['LIBRAL_PACKAGED'] !== undefined

// One worker: every test starts a whole Electron, and two at once on two cores measure each other.
export default defineConfig({
  testDir: packaged ? 'tests/e2e/packaged' : 'tests/e2e',
  testIgnore: packaged ? [] : ['packaged/**'],
  outputDir: 'test-results',
  workers: 1,
  // No test may depend on timing; a limit only ends what hangs.
  timeout: 180_000,
  expect: { timeout: 60_000 },
  forbidOnly: process.env['CI'] !== undefined,
  reporter: [['list']],
})
