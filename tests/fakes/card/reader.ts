import { createServer, type Server, type Socket } from 'node:net'
import type { VirtualCard } from './card.ts'

/** The ATR around the historical bytes, with its check byte. */
const answerToReset = ((): Buffer => {
  const body = Buffer.from('3bda18ff81b1fe751f030031f573c001e0059000', 'hex')
  return Buffer.concat([body, Buffer.from([body.subarray(1).reduce((sum, byte) => sum ^ byte, 0)])])
})()

/** The control byte that asks for the ATR; the others switch off and on, or reset. */
const askAtr = 4

/**
 * A card reader on the wire of vsmartcard's vpcd (two bytes of length, then a control byte or an APDU). While a card is
 * in it, it listens on the Unix socket `path`; vpcd takes the end of the connection for the card being pulled out.
 */
export class VirtualReader {
  readonly path: string
  #inserted: { readonly card: VirtualCard; readonly server: Server; readonly sockets: Set<Socket> } | undefined

  constructor(path: string) {
    this.path = path
  }

  async insert(card: VirtualCard): Promise<void> {
    await this.remove()
    card.reset()
    const sockets = new Set<Socket>()
    const server = createServer((socket) => serve(socket, sockets, card))
    this.#inserted = { card, server, sockets }
    await new Promise<void>((resolve) => server.listen(this.path, resolve))
  }

  /** Pulls the card out; the answer that it was about to give is lost. */
  async remove(): Promise<void> {
    const inserted = this.#inserted
    if (inserted === undefined) return
    this.#inserted = undefined
    for (const socket of inserted.sockets) socket.destroy()
    inserted.card.reset()
    await new Promise((resolve) => inserted.server.close(resolve))
  }
}

const serve = (socket: Socket, sockets: Set<Socket>, card: VirtualCard): void => {
  sockets.add(socket)
  socket.on('error', () => socket.destroy())
  socket.on('close', () => sockets.delete(socket))
  let held = Buffer.alloc(0)
  let work = Promise.resolve()
  socket.on('data', (data) => {
    held = Buffer.concat([held, data])
    while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
      const message = Buffer.from(held.subarray(2, 2 + held.readUInt16BE(0)))
      held = held.subarray(2 + message.length)
      work = work.then(() => respond(socket, message, card))
    }
  })
}

const respond = async (socket: Socket, message: Buffer, card: VirtualCard): Promise<void> => {
  if (message.length > 1) return send(socket, await card.transmit(message))
  if (message[0] === askAtr) return send(socket, answerToReset)
  card.reset()
}

const send = (socket: Socket, bytes: Buffer): void => {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  if (!socket.destroyed) socket.write(Buffer.concat([length, bytes]))
}
