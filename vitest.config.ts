import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

const houses = '{protocol,trust,backend,main,preload,renderer,build,bench}'

export default defineConfig({
  plugins: [react()],
  test: {
    // Two cores: more workers than that only make the timing tests flicker.
    maxWorkers: 2,
    // No test may depend on timing; a limit only ends what hangs.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
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
