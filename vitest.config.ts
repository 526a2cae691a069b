import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

const houses = '{protocol,trust,backend,main,preload,renderer,build,bench}'

export default defineConfig({
  plugins: [react()],
  test: {
    // One for each of two cores; integration tests, which mostly wait, get one more (build/test.mjs).
    maxWorkers: 2,
    // No test may depend on timing; a limit only ends what hangs.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 120_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          environment: 'node',
          include: [`${houses}/**/*.test.ts`, 'tests/{fakes,fixtures}/**/*.test.ts'],
        },
      },
      { extends: true, test: { name: 'dom', environment: 'jsdom', include: ['renderer/**/*.test.tsx'] } },
      {
        extends: true,
        test: {
          name: 'integration',
          environment: 'node',
          include: ['tests/integration/**/*.test.ts'],
        },
      },
    ],
  },
})
