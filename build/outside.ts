import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Bundles that the package's own Node runs: it reads no archive of Electron's. */
export const outsideEntries = [
  'libral.js',
  'bundle-worker.js',
  'pkcs11-process.js',
  'backend-commands.js',
  'backend-standalone.js',
]

const imported = /(?:from|import)\s*\(?\s*["'`](\.{1,2}\/[^"'`]+)["'`]/g

/**
 * Everything that these bundles load of one another.
 * @param folder of the bundles
 * @returns paths inside the folder, the entries first
 */
export function withChunks(folder: string, entries: readonly string[]): readonly string[] {
  const found = new Set<string>()
  const take = (path: string): void => {
    if (found.has(path) || !existsSync(join(folder, path))) return
    found.add(path)
    for (const [, target = ''] of readFileSync(join(folder, path), 'utf8').matchAll(imported))
      take(join(path, '..', target))
  }
  for (const entry of entries) take(entry)
  return [...found]
}
