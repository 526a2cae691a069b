import { inRoot, root } from './setup/paths.mjs'
import { quit } from './setup/report.mjs'
import { setupNode } from './setup.mjs'
import { takeOver } from './take-over.mjs'

/** @param {readonly string[]} args for Libral Core */
async function backend(args) {
  const node = await setupNode({ build: true })
  return takeOver(node, [inRoot('out/main/backend-standalone.js'), ...args], { cwd: root })
}

backend(process.argv.slice(2)).then((code) => process.exit(code), quit)
