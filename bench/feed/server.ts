import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocketServer } from 'ws'
import { startBackend } from '#backend/host.ts'
import { openJournal } from '#backend/journal.ts'

/** Two servers on two Unix sockets: Libral Core, and bare `ws` that passes what one client says on to all. */
const folder = mkdtempSync(join(tmpdir(), 'libral-bench-feed-'))
const secret = randomBytes(32).toString('base64url')

const backend = await startBackend({
  directory: join(folder, 'data'),
  storageKey: new Uint8Array(randomBytes(32)),
  mode: 'embedded',
  listen: [{ kind: 'pipe', path: join(folder, 'core', 'c.sock') }],
  launchSecret: secret,
  log: openJournal('error'),
})

const bare = createServer()
const fanOut = new WebSocketServer({ server: bare, perMessageDeflate: false })
fanOut.on('connection', (socket) => {
  socket.on('message', (data) => {
    const message = Buffer.from(JSON.stringify(JSON.parse(data.toString())))
    for (const client of fanOut.clients) client.send(message, { binary: false })
  })
})
const barePath = join(folder, 'bare.sock')
bare.listen(barePath, () => process.send?.({ core: backend.addresses[0], secret, bare: `unix:${barePath}` }))

process.once('message', async () => {
  for (const client of fanOut.clients) client.terminate()
  await new Promise((resolve) => bare.close(resolve))
  await backend.stop()
  rmSync(folder, { recursive: true, force: true })
  process.exit(0)
})
