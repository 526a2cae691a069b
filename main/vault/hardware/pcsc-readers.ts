import { connect } from 'node:net'

/** A reader as pcscd tells of it. `exclusive`: a program holds its card for itself alone. */
export interface PcscReader {
  readonly name: string
  readonly card: boolean
  readonly exclusive: boolean
}

/** pcscd's own messages to its clients (pcsc-lite, winscard_msg.h, protocol 4): a size and a command, then the data. */
const command = { readersState: 0x12 }
const nameBytes = 128
/** Name, event counter, state, sharing, ATR with its padding, length of the ATR, protocol. */
const entryBytes = nameBytes + 3 * 4 + 36 + 2 * 4
const mostReaders = 16
const present = 0x4
const patienceMs = 2_000

const socketOf = (env: NodeJS.ProcessEnv): string => env['PCSCLITE_CSOCK_NAME'] ?? '/run/pcscd/pcscd.comm'

/**
 * Asks pcscd which readers there are: what scdaemon calls "no such device" may be no reader, no card, or a card that
 * another program holds. Unix alone.
 * @returns null: no pcscd answers
 */
export const pcscReaders = (env: NodeJS.ProcessEnv = process.env): Promise<readonly PcscReader[] | null> =>
  new Promise((resolve) => {
    const socket = connect(socketOf(env))
    let held = Buffer.alloc(0)
    const end = (readers: readonly PcscReader[] | null): void => {
      socket.destroy()
      resolve(readers)
    }
    socket.setTimeout(patienceMs, () => end(null))
    socket.on('error', () => end(null))
    socket.on('close', () => end(null))
    socket.on('connect', () => {
      const head = Buffer.alloc(8)
      head.writeUInt32LE(0, 0)
      head.writeUInt32LE(command.readersState, 4)
      socket.write(head)
    })
    socket.on('data', (chunk) => {
      held = Buffer.concat([held, chunk])
      if (held.length >= entryBytes * mostReaders) end(readersIn(held))
    })
  })

/** @param states what pcscd answers: a table of fixed size, free places with an empty name */
export const readersIn = (states: Buffer): readonly PcscReader[] =>
  Array.from({ length: mostReaders }, (_, at) => states.subarray(at * entryBytes, (at + 1) * entryBytes)).flatMap(
    (it) => {
      const end = it.indexOf(0)
      const name = it.subarray(0, Math.min(end < 0 ? nameBytes : end, nameBytes)).toString('utf8')
      if (name === '') return []
      const state = it.readUInt32LE(nameBytes + 4)
      return [{ name, card: (state & present) !== 0, exclusive: it.readInt32LE(nameBytes + 8) === -1 }]
    },
  )
