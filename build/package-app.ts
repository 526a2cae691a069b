import { build, Platform } from 'electron-builder'
import { outsideEntries, withChunks } from './outside.ts'
import { packageConfig, targetsOf } from './package-config.ts'
import { electronDist } from './setup/electron.mjs'
import { inRoot } from './setup/paths.mjs'

const runtime = electronDist()
const targets = targetsOf(process.argv.slice(2))

const artifacts = await build({
  projectDir: inRoot(),
  targets: Platform.current().createTarget([...targets]),
  config: packageConfig(runtime, withChunks(inRoot('out/main'), outsideEntries)),
  publish: 'never',
})

process.stdout.write(`packaged on Electron ${runtime.version}${runtime.official ? '' : ' (unofficial-dev)'}\n`)
for (const path of artifacts) process.stdout.write(`${path}\n`)
