import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/**
 * Where a program of ours lies: what `npm run` and the package start, when `npm test` has just built it (LIBRAL_BUILT),
 * which also begins in half of the time; else its source, so that a test that is run by hand tries what stands there.
 * @param source from the checkout's root
 * @param built its name in out/main
 */
export const ourProgram = (source: string, built: string): string =>
  process.env['LIBRAL_BUILT'] === undefined ? join(root, source) : join(root, 'out/main', built)
