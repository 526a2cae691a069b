import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

/** A server that lets everyone in, says that it is a primary, and answers everything else with one error. */
export interface RefusingRedis {
  readonly url: string
  close(): Promise<void>
}

/** RESP3 (https://redis.io/docs/latest/develop/reference/protocol-spec/): what HELLO answers. */
const hello = '%3\r\n$6\r\nserver\r\n$5\r\nredis\r\n$5\r\nproto\r\n:3\r\n$4\r\nrole\r\n$6\r\nmaster\r\n'

/** Names of the commands in what a client sent: arrays of bulk strings. A command cut in two is not expected here. */
const commandsIn = (text: string): readonly string[] =>
  [...text.matchAll(/\*\d+\r\n\$\d+\r\n([^\r]*)\r\n/g)].map(([, name = '']) => name.toUpperCase())

export const startRefusingRedis = async (error: string): Promise<RefusingRedis> => {
  const sockets = new Set<Socket>()
  const answer = (name: string): string => {
    if (name === 'HELLO') return hello
    return name === 'CLIENT' ? '+OK\r\n' : `-${error}\r\n`
  }
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', (data) => socket.write(commandsIn(String(data)).map(answer).join('')))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `redis://127.0.0.1:${address.port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
