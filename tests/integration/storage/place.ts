import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/** A folder for one test file, gone after its tests, and a key. */
export const makePlace = () => {
  const folder = mkdtempSync(join(tmpdir(), 'libral-storage-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return {
    key: randomBytes(32),
    file: (name: string = randomBytes(8).toString('hex')): string => join(folder, `${name}.db`),
  }
}
