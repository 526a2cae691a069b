import { defineConfig } from '@playwright/test'

const packaged = process.env['LIBRAL_PACKAGED'] !== undefined

export default defineConfig({
  testDir: packaged ? 'tests/e2e/packaged' : 'tests/e2e',
  testIgnore: packaged ? [] : ['packaged/**'],
  outputDir: 'test-results',
  workers: Number(process.env['LIBRAL_WORKERS'] ?? 1),
  // No test may depend on timing; a limit only ends what hangs.
  timeout: 600_000,
  expect: { timeout: 120_000 },
  forbidOnly: process.env['CI'] !== undefined,
  reporter: [['list']],
})
