import { defineConfig } from '@playwright/test'

// One worker: every test starts a whole Electron, and two at once on two cores measure each other.
export default defineConfig({
  testDir: 'tests/e2e',
  testIgnore: process.env['LIBRAL_PACKAGED'] === undefined ? ['packaged/**'] : [],
  outputDir: 'test-results',
  workers: 1,
  timeout: 60_000,
  forbidOnly: process.env['CI'] !== undefined,
  reporter: [['list']],
})
