import { writeBuildInfo } from './setup/build-info.mjs'
import { bundle } from './setup/bundle.mjs'
import { installDependencies } from './setup/dependencies.mjs'
import { executableIn, provideElectron } from './setup/electron.mjs'
import { provideLibraries } from './setup/libraries.mjs'
import { alone } from './setup/lock.mjs'
import { node24 } from './setup/node24.mjs'
import { step } from './setup/report.mjs'
import { provideServers } from './setup/servers.mjs'
import { provideTestPrograms } from './setup/test-programs.mjs'

/**
 * @typedef {{ node: string, executable: string }} Tools `node` is a Node ≥ 24, `executable` Electron's binary
 */

/**
 * Brings a checkout from nothing to ready. Every step leaves alone what is there already, so a second run takes
 * about a second.
 * @param {{ build?: boolean, display?: boolean, keyring?: boolean, servers?: boolean, programs?: boolean }} [wants]
 *   `build`: out/ is needed; `display`: Xvfb is needed; `servers`: PostgreSQL and Redis are wanted; `keyring`,
 *   `programs`: a keyring, or GnuPG, cards and the like, are wanted where root can have them
 * @returns {Promise<Tools>}
 */
export function setup({ build = true, display = false, keyring = false, servers = false, programs = false } = {}) {
  return alone(async () => {
    await step('dependencies', installDependencies)
    const node = await step('node', (note) => {
      const path = node24()
      note(path === process.execPath ? process.version : 'the one in the lock')
      return path
    })
    const dist = await step('electron', provideElectron)
    const executable = executableIn(dist.path)
    await step('libraries', (note) => provideLibraries(note, { executable, display, keyring }))
    if (servers) await step('servers', provideServers)
    if (programs) await step('test programs', provideTestPrograms)
    if (build) {
      await step('build', bundle)
      await writeBuildInfo(dist)
    }
    return { node, executable }
  })
}

/**
 * Only what a program on Node needs: no Electron, no libraries.
 * @param {{ build?: boolean }} [wants]
 * @returns {Promise<string>} a Node ≥ 24
 */
export function setupNode({ build = false } = {}) {
  return alone(async () => {
    await step('dependencies', installDependencies)
    if (build) await step('build', bundle)
    return node24()
  })
}
