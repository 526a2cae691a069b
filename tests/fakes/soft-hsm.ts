import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { privateFolder } from './private-folder.ts'
import { program } from './programs.ts'

const modules = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib64/pkcs11/libsofthsm2.so']

/** A real SoftHSM with one token in a folder of its own. */
export interface SoftHsm {
  readonly module: string
  /** For the process that loads the module. */
  readonly env: NodeJS.ProcessEnv
  readonly label: string
  remove(): void
}

export const softHsmPins = Object.freeze({ user: '1234-利用者', admin: '87654321' })

export const softHsmLacks = (): string | null =>
  program('softhsm2-util') === undefined || !modules.some(existsSync) ? 'softhsm2' : null

export const openSoftHsm = async (label = '試験トークン'): Promise<SoftHsm> => {
  const folder = privateFolder('hsm')
  const tokens = join(folder.path, 'tokens')
  mkdirSync(tokens)
  const config = join(folder.path, 'softhsm2.conf')
  writeFileSync(config, `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`)
  const env = { ...process.env, SOFTHSM2_CONF: config }
  const pins = ['--pin', softHsmPins.user, '--so-pin', softHsmPins.admin]
  await promisify(execFile)('softhsm2-util', ['--init-token', '--free', '--label', label, ...pins], { env })
  return { module: modules.find(existsSync) ?? '', env, label, remove: folder.remove }
}
