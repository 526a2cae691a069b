import { launch } from './launch.mjs'
import { startDisplay } from './setup/display.mjs'
import { inRoot } from './setup/paths.mjs'
import { quit, say } from './setup/report.mjs'
import { hasScreen } from './setup/screen.mjs'
import { ownStage } from './setup/stage.mjs'
import { setup } from './setup.mjs'

/**
 * Hot reload: the page follows its sources at once; main and preload are rebuilt and restart the app.
 * @param {readonly string[]} args for Electron
 */
async function dev(args) {
  const headless = !hasScreen()
  const { node, executable } = await setup({ build: false, display: headless })
  const stage = await ownStage(executable)
  const display = headless ? await startDisplay() : undefined
  if (display) say(`dev    no display here: running on a virtual one (Xvfb ${display.env['DISPLAY']})`)
  const program = inRoot('node_modules/electron-vite/bin/electron-vite.js')
  const server = launch({
    executable: node,
    args: [program, 'dev', '--watch', ...(stage.flags.length > 0 ? ['--noSandbox'] : []), '--', ...args],
    stage,
    env: { ...display?.env, ELECTRON_EXEC_PATH: executable },
  })
  const code = await server.ended
  await display?.stop()
  return code
}

dev(process.argv.slice(2)).then((code) => process.exit(code), quit)
