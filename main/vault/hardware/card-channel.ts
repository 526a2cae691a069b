import { LibralError } from '#protocol/errors.ts'
import type { Assuan } from './assuan.ts'
import { type CardStatus, cardStatus } from './card-data.ts'

/** A card's answer: its data and its status word. */
export interface Reply {
  readonly data: Buffer
  readonly status: number
}

/** Selects the OpenPGP application of the card that is in the reader. @returns its serial, 32 hex digits */
export const selectCard = async (agent: Assuan): Promise<string> => {
  const { statuses } = await agent.command('SCD SERIALNO openpgp')
  const serial = statuses.find(({ keyword }) => keyword === 'SERIALNO')?.rest.split(' ')[0]
  if (serial === undefined) throw new LibralError('hardware.no-card')
  return serial
}

/**
 * Sends a command APDU past scdaemon's own logic, so that PINs come from us and each status word is seen.
 * `SCD APDU` takes hex; the line is overwritten afterwards, since it may hold a PIN.
 */
export const transmit = async (agent: Assuan, apdu: Uint8Array): Promise<Reply> => {
  const line = Buffer.concat([Buffer.from('SCD APDU --more '), hexBytes(apdu)])
  try {
    const { data } = await agent.command(line)
    if (data.length < 2) throw new LibralError('hardware.unplugged')
    return { data: data.subarray(0, -2), status: data.readUInt16BE(data.length - 2) }
  } finally {
    line.fill(0)
  }
}

const digits = Buffer.from('0123456789abcdef')
const hexBytes = (bytes: Uint8Array): Buffer =>
  Buffer.from([...bytes].flatMap((byte) => [digits[byte >> 4] ?? 0, digits[byte & 15] ?? 0]))

/** GET DATA; an object that the card does not have is empty. */
export const readObjectOf = async (agent: Assuan, tag: number): Promise<Buffer> => {
  const { data, status } = await transmit(agent, Uint8Array.of(0, 0xca, tag >> 8, tag & 0xff, 0))
  if (status === 0x9000) return data
  if (status === 0x6a88 || status === 0x6a82) return Buffer.alloc(0)
  throw new LibralError('hardware.card-unreadable', { status: status.toString(16) })
}

/** Everything that the card in the reader says of itself. No PIN is needed. */
export const readCard = async (agent: Assuan): Promise<CardStatus> => {
  await selectCard(agent)
  const application = await readObjectOf(agent, 0x6e)
  const holder = await readObjectOf(agent, 0x65)
  const security = await readObjectOf(agent, 0x7a)
  return cardStatus(application, holder, security, await readObjectOf(agent, 0xf9))
}
