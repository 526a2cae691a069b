import { inRoot, root } from './setup/paths.mjs'
import { quit } from './setup/report.mjs'
import { setupNode } from './setup.mjs'
import { takeOver } from './take-over.mjs'

/** @param {readonly string[]} args for `libral` */
async function libral(args) {
  // What set-up says is none of the command's output, which may be read by a program.
  process.stdout.write = process.stderr.write.bind(process.stderr)
  const node = await setupNode({ build: true })
  // Paths are meant from where it was called; npm itself moves to the root.
  return takeOver(node, [inRoot('out/main/libral.js'), ...args], { cwd: process.env['INIT_CWD'] ?? root })
}

libral(process.argv.slice(2)).then((code) => process.exit(code), quit)
