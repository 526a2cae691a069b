import { packageApp } from './packaging.mjs'
import { quit } from './setup/report.mjs'
import { setup } from './setup.mjs'

/** @param {readonly string[]} targets of electron-builder */
async function main(targets) {
  const { node } = await setup()
  return packageApp(node, targets)
}

main(process.argv.slice(2)).then((code) => process.exit(code), quit)
