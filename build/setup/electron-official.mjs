import { readJson } from './files.mjs'
import { node24 } from './node24.mjs'
import { inRoot, root } from './paths.mjs'
import { run } from './run.mjs'

export const officialDist = inRoot('node_modules/electron/dist')

/** @returns {string} the version that the lock names */
export function officialVersion() {
  const { version } = /** @type {{ version: string }} */ (readJson(inRoot('node_modules/electron/package.json')))
  return version
}

/**
 * Asks whether the release page answers at all, so that a cut-off machine waits seconds and not minutes. Behind a
 * proxy or with a mirror set, only the download itself can tell.
 * @returns {Promise<string | undefined>} why not; undefined when it may work
 */
async function unreachable() {
  const { env } = process
  if (env['HTTPS_PROXY'] ?? env['https_proxy'] ?? env['ELECTRON_MIRROR'] ?? env['npm_config_electron_mirror']) return
  const version = officialVersion()
  const address = `https://github.com/electron/electron/releases/download/v${version}/SHASUMS256.txt`
  try {
    const answer = await fetch(address, { method: 'HEAD', signal: AbortSignal.timeout(8_000) })
    return answer.ok ? undefined : `the release page answers ${answer.status}`
  } catch {
    return 'the release page does not answer'
  }
}

/**
 * Lets the `electron` package fetch its own binary; it checks the sums that it carries.
 * @returns {Promise<string>} `fetched`, or why it failed
 */
export async function fetchOfficial() {
  const reason = await unreachable()
  if (reason !== undefined) return reason
  const result = await run(node24(), [inRoot('node_modules/electron/install.js')], {
    cwd: root,
    timeoutMs: 10 * 60_000,
  })
  if (result.code === 0) return 'fetched'
  return result.timedOut ? 'the download took over 10 minutes' : 'the download failed'
}
