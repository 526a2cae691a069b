import { startBackend } from '#backend/host.ts'

/** A backend in a process of its own, to be killed: node backend-child.ts DIRECTORY SOCKET SECRET */
const [directory = '', path = '', launchSecret = ''] = process.argv.slice(2)
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

await startBackend({
  directory,
  storageKey: new Uint8Array(32).fill(3),
  mode: 'embedded',
  listen: [{ kind: 'pipe', path }],
  launchSecret,
  log: quiet,
})
process.stdout.write('ready\n')
