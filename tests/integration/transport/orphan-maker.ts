import { fork } from 'node:child_process'
import { join } from 'node:path'

/** Stands for the app in embedded.test.ts: starts the backend, says its pid once it is ready, and gets killed. */
const root = join(import.meta.dirname, '../../..')

process.on('message', ({ order }: { readonly order: object }) => {
  const child = fork(join(root, 'backend/embedded.ts'), [], {
    serialization: 'advanced',
    execArgv: ['--import', join(root, 'tests/fixtures/client/parent-port.ts')],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  child.once('message', () => process.send?.({ pid: child.pid }))
  child.send(order)
})
