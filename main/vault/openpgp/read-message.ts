import { LibralError } from '#protocol/errors.ts'
import { ByteReader, type Bytes } from './byte-reader.ts'
import { held, type IncomingPacket, nextPacket } from './framing.ts'
import { inflated } from './inflate.ts'
import type { PendingSignatures } from './pending-signatures.ts'
import { readSessionKeyPacket, type SessionKeyPackets } from './session-keys.ts'

/** RFC 9580, 10.3: the grammar of messages, read in one go. */

const tags = {
  toKey: 1,
  signature: 2,
  toPassword: 3,
  onePass: 4,
  compressed: 8,
  unprotected: 9,
  marker: 10,
  literal: 11,
  protected: 18,
  libre: 20,
  padding: 21,
} as const

/** Encryption, compression and signatures inside one another. */
const deepest = 4
/** Packets that say nothing (markers, padding, unknown ones that may be ignored) before it is a flood. */
const idlePackets = 64

export interface LiteralHead {
  readonly text: boolean
  readonly filename: string
}

export interface MessageEvents {
  /** The document's own signatures; everything read is fed to them. */
  readonly signatures: PendingSignatures
  head(head: LiteralHead): void
  /** A piece of the document; the next one is read when this is done. */
  data(bytes: Uint8Array): Promise<void> | void
  /** Opens encrypted data; its bytes are a message again. Absent: encrypted data is refused. */
  decrypt?(packets: SessionKeyPackets, body: IncomingPacket['body']): Bytes
}

/**
 * Reads one message to its end and feeds what is in it.
 * @throws LibralError of the area `openpgp`; what was fed before that must not be used
 */
export async function readMessage(source: Bytes, events: MessageEvents, depth = 0): Promise<void> {
  if (depth > deepest) throw new LibralError('openpgp.too-deep', { limit: deepest })
  const reader = new ByteReader(source)
  const state: State = { depth, content: false, idle: 0, keys: { toKeys: [], toPasswords: [] }, keyPackets: 0 }
  const before = events.signatures.count
  try {
    for (let packet = await nextPacket(reader); packet !== null; packet = await nextPacket(reader))
      await step(packet, state, events)
  } finally {
    // What is refused half way would else keep its file open.
    await reader.close()
  }
  if (!state.content) throw new LibralError(before === 0 && depth === 0 ? 'openpgp.malformed' : 'openpgp.truncated')
  if (depth === 0 && !events.signatures.complete) throw new LibralError('openpgp.truncated')
}

interface State {
  readonly depth: number
  /** Whether the data (literal, compressed, encrypted) was there: exactly one is allowed. */
  content: boolean
  idle: number
  keyPackets: number
  readonly keys: SessionKeyPackets
}

async function step(packet: IncomingPacket, state: State, events: MessageEvents): Promise<void> {
  const { tag } = packet
  switch (tag) {
    case tags.toKey:
    case tags.toPassword:
      refuseAfter(state, 'session-key')
      state.keyPackets++
      return readSessionKeyPacket(state.keys, tag, await held(packet, 16 * 1024))
    case tags.onePass:
      refuseAfter(state, 'one-pass')
      return events.signatures.announce(await held(packet, 1024))
    case tags.signature:
      return state.content
        ? events.signatures.conclude(await held(packet))
        : events.signatures.foresee(await held(packet))
    case tags.literal:
      enter(state, false)
      return readLiteral(packet, events)
    case tags.compressed:
      enter(state, false)
      return readMessage(inflated(packet.body), events, state.depth + 1)
    case tags.protected:
      enter(state, true)
      if (events.decrypt === undefined) throw new LibralError('openpgp.malformed', { what: 'encrypted' })
      return readMessage(events.decrypt(state.keys, packet.body), events, state.depth + 1)
    case tags.unprotected:
      throw new LibralError('openpgp.unprotected')
    case tags.libre:
      throw new LibralError('openpgp.unsupported-libre')
    case tags.marker:
    case tags.padding:
      return skip(packet, state)
    default:
      if (tag < 40) throw new LibralError('openpgp.unsupported', { what: 'packet', id: tag })
      return skip(packet, state)
  }
}

function refuseAfter(state: State, what: string): void {
  if (state.content) throw new LibralError('openpgp.malformed', { what })
}

/** The one piece of content; encrypted session keys stand before encrypted data and nowhere else. */
function enter(state: State, encrypted: boolean): void {
  if (state.content) throw new LibralError('openpgp.malformed', { what: 'second-document' })
  if (!encrypted && state.keyPackets > 0) throw new LibralError('openpgp.malformed', { what: 'session-key' })
  state.content = true
}

async function skip(packet: IncomingPacket, state: State): Promise<void> {
  if (++state.idle > idlePackets) throw new LibralError('openpgp.malformed', { what: 'flood' })
  for await (const _ of packet.body);
}

async function readLiteral(packet: IncomingPacket, events: MessageEvents): Promise<void> {
  const body = new ByteReader(packet.body)
  const format = await body.byte()
  const name = await body.exactly(await body.byte())
  await body.exactly(4)
  events.head({ text: format === 0x74 || format === 0x75, filename: Buffer.from(name).toString('utf8') })
  for await (const part of body.rest()) {
    events.signatures.update(part)
    await events.data(part)
  }
}
