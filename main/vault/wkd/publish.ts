import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Key } from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import { type WkdMethod, wkdTree } from '#trust/wkd/tree.ts'

/**
 * Writes the directory of one domain for a web server to serve: `.well-known/openpgpkey/…` below `folder`. Files of the
 * same name are replaced whole; others are left alone.
 * @returns the paths that were written
 */
export const publishTree = async (
  folder: string,
  certificates: readonly Key[],
  domain: string,
  method: WkdMethod,
): Promise<string[]> => {
  const base = join(folder, '.well-known', 'openpgpkey')
  const tree = wkdTree(certificates, domain, method)
  try {
    for (const [path, content] of tree) await writeWhole(join(base, path), content)
  } catch (cause) {
    throw new LibralError('wkd.write-failed', {}, { cause })
  }
  return [...tree.keys()].map((path) => join(base, path))
}

const writeWhole = async (path: string, content: Uint8Array): Promise<void> => {
  const draft = `${path}.new`
  await mkdir(dirname(path), { recursive: true })
  await writeFile(draft, content, { mode: 0o644 })
  await rename(draft, path).catch(async (failure: unknown) => {
    await rm(draft, { force: true })
    throw failure
  })
}
