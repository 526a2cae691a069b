import { existsSync } from 'node:fs'
import { which } from './setup/files.mjs'
import { provideDebian } from './setup/libraries.mjs'
import { inRoot, root } from './setup/paths.mjs'
import { step } from './setup/report.mjs'
import { unpackedFile } from './setup/unpacked.mjs'
import { takeOver } from './take-over.mjs'

/** electron-builder would fetch its own 7-Zip from GitHub; Debian's serves as well. */
const archiver = () =>
  [which('7za'), '/usr/lib/p7zip/7za', unpackedFile('usr/lib/p7zip/7za')].find(
    (it) => it !== undefined && existsSync(it),
  )

/**
 * Packages what is built.
 * @param {string} node a Node ≥ 24
 * @param {readonly string[]} targets of electron-builder; nothing means `dir` and `tar.gz`
 * @returns {Promise<number>} exit code
 */
export async function packageApp(node, targets) {
  const archives = process.platform === 'linux' && targets.join() !== 'dir'
  if (archives)
    await step('archiver', async (note) => {
      if (archiver() !== undefined) return note('7-Zip is there')
      await provideDebian([['p7zip-full']])
      note('Debian’s 7-Zip')
    })
  // 7-Zip's ninth level takes five times as long for one per cent.
  const settings = { ELECTRON_BUILDER_7ZIP_PATH: archiver(), ELECTRON_BUILDER_COMPRESSION_LEVEL: '5' }
  const env = { ...process.env, ...(archives && settings) }
  return takeOver(node, [inRoot('build/package-app.ts'), ...targets], { cwd: root, env })
}
