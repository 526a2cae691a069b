import { runChecks } from './checks.mjs'
import { quit } from './setup/report.mjs'
import { setupNode } from './setup.mjs'

async function check() {
  const results = await runChecks(await setupNode())
  return results.every((it) => it.ok) ? 0 : 1
}

check().then((code) => process.exit(code), quit)
