import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

/** Bare `ws` that passes what one client says on to all. */
const server = createServer()
const fanOut = new WebSocketServer({ server, perMessageDeflate: false })
fanOut.on('connection', (socket) => {
  socket.on('message', (data) => {
    for (const client of fanOut.clients) client.send(data, { binary: false })
  })
})
server.listen(0, '127.0.0.1', 4_096, () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) process.send?.(`127.0.0.1:${address.port}`)
})
process.on('disconnect', () => process.exit())
