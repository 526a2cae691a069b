import { existsSync } from 'node:fs'
import { which } from './files.mjs'
import { installAsRoot } from './libraries.mjs'

/**
 * The real programs that the integration tests speak to, each with a file by which it is known to be there.
 * @type {ReadonlyArray<{ name: string, there: () => boolean }>}
 */
const wanted = Object.freeze([
  { name: 'gnupg', there: () => which('gpg') !== undefined && which('gpg-agent') !== undefined },
  { name: 'scdaemon', there: () => existsSync('/usr/lib/gnupg/scdaemon') },
  {
    name: 'gpg-wks-client',
    there: () => existsSync('/usr/lib/gnupg/gpg-wks-client') || which('gpg-wks-client') !== undefined,
  },
  { name: 'sq', there: () => which('sq') !== undefined },
  { name: 'sqop', there: () => which('sqop') !== undefined },
  { name: 'softhsm2', there: () => which('softhsm2-util') !== undefined },
  { name: 'pcscd', there: () => which('pcscd') !== undefined || existsSync('/usr/sbin/pcscd') },
  { name: 'vsmartcard-vpcd', there: () => existsSync('/usr/lib/pcsc/drivers/serial/libifdvpcd.so') },
  { name: 'iproute2', there: () => which('ip') !== undefined },
])

/** The system's own pcscd would load this reader, which listens on every address; only the driver is wanted. */
const withoutReader = ['-o', 'DPkg::Options::=--path-exclude=/etc/reader.conf.d/vpcd']

/**
 * Installs what the tests want. Without rights nothing is done: the tests that need it are reported skipped.
 * @param {(text: string) => void} note
 */
export async function provideTestPrograms(note) {
  if (process.platform !== 'linux') return note('none known here')
  const missing = wanted.filter((it) => !it.there()).map((it) => it.name)
  if (missing.length === 0) return note('all there')
  const debian = which('apt-get') !== undefined && existsSync('/var/lib/dpkg/status')
  if (process.getuid?.() !== 0 || !debian) return note(`tests with these are skipped: ${missing.join(', ')}`)
  process.stdout.write(`setup  test programs  Debian packages: ${missing.join(' ')} …\n`)
  await installAsRoot(missing, withoutReader)
  note('installed')
}
