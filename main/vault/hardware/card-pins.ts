import { LibralError } from '#protocol/errors.ts'
import type { AskSecret } from './ask.ts'
import type { Assuan } from './assuan.ts'
import { readCard, readObjectOf, transmit } from './card-channel.ts'
import type { CardStatus } from './card-data.ts'
import { type PinKind, pinBytes } from './card-kdf.ts'

const shortest: Readonly<Record<PinKind, number>> = { pin: 6, 'reset-code': 8, 'admin-pin': 8 }

const triesOf = ({ tries }: CardStatus, kind: PinKind): number =>
  ({ pin: tries.pin, 'reset-code': tries.resetCode, 'admin-pin': tries.adminPin })[kind]

const blockedCode = (kind: PinKind) => (kind === 'admin-pin' ? 'hardware.admin-pin-blocked' : 'hardware.pin-blocked')

/** Puts the tries that are left into the failure: the card is asked anew, since cards differ in what 6982 tells. */
const refused = async (agent: Assuan, kind: PinKind): Promise<LibralError> => {
  const tries = triesOf(await readCard(agent), kind)
  return tries === 0 ? new LibralError(blockedCode(kind)) : new LibralError('hardware.pin-wrong-left', { tries })
}

const checked = async (agent: Assuan, kind: PinKind, status: number): Promise<void> => {
  if (status === 0x9000) return
  if (status === 0x6982 || status === 0x6983 || (status & 0xfff0) === 0x63c0) throw await refused(agent, kind)
  if (status === 0x6985 || status === 0x6700 || status === 0x6a80) throw new LibralError('hardware.pin-length')
  throw new LibralError('hardware.failed', { cause: status })
}

/** Asks the person; refuses a blocked PIN before anything is typed. */
const asked = async (agent: Assuan, ask: AskSecret, kind: PinKind): Promise<Uint8Array> => {
  const card = await readCard(agent)
  const tries = triesOf(card, kind)
  if (tries === 0) throw new LibralError(blockedCode(kind))
  const secret = await ask({ kind, name: card.number, tries })
  if (secret === null) throw new LibralError('hardware.cancelled')
  return secret
}

const fresh = async (ask: AskSecret, name: string, kind: PinKind): Promise<Uint8Array> => {
  const secret = await ask({ kind, name, fresh: true })
  if (secret === null) throw new LibralError('hardware.cancelled')
  if (secret.length < shortest[kind] || secret.length > 127) {
    secret.fill(0)
    throw new LibralError('hardware.pin-length')
  }
  return secret
}

const send = async (
  agent: Assuan,
  head: readonly [ins: number, p1: number, p2: number],
  ...parts: readonly Uint8Array[]
): Promise<number> => {
  const data = Buffer.concat(parts)
  const apdu = Buffer.concat([Uint8Array.of(0, ...head, data.length), data])
  try {
    return (await transmit(agent, apdu)).status
  } finally {
    for (const secret of [data, apdu, ...parts]) secret.fill(0)
  }
}

const convert = async (agent: Assuan, kind: PinKind, pin: Uint8Array): Promise<Buffer> => {
  const converted = pinBytes(await readObjectOf(agent, 0xf9), kind, pin)
  pin.fill(0)
  return converted
}

/** VERIFY as administrator, for what follows on the same connection. */
export const verifyAdmin = async (agent: Assuan, ask: AskSecret): Promise<void> => {
  const pin = await convert(agent, 'admin-pin', await asked(agent, ask, 'admin-pin'))
  await checked(agent, 'admin-pin', await send(agent, [0x20, 0, 0x83], pin))
}

/** CHANGE REFERENCE DATA: asks for the PIN that holds and for the one that shall. */
export const changePin = async (agent: Assuan, ask: AskSecret, kind: 'pin' | 'admin-pin'): Promise<void> => {
  const { number } = await readCard(agent)
  const reference = kind === 'pin' ? 0x81 : 0x83
  const old = await convert(agent, kind, await asked(agent, ask, kind))
  // Whoever errs hears of it before choosing a new one.
  await checked(agent, kind, await send(agent, [0x20, 0, reference], Buffer.from(old)))
  const next = await convert(agent, kind, await fresh(ask, number, kind))
  await checked(agent, kind, await send(agent, [0x24, 0, reference], old, next))
}

/** Sets the resetting code with which a user unblocks the PIN without the administrator. */
export const setResetCode = async (agent: Assuan, ask: AskSecret): Promise<void> => {
  const { number } = await readCard(agent)
  await verifyAdmin(agent, ask)
  const code = await convert(agent, 'reset-code', await fresh(ask, number, 'reset-code'))
  await checked(agent, 'reset-code', await send(agent, [0xda, 0, 0xd3], code))
}

/** RESET RETRY COUNTER: gives a blocked user PIN a new value, by the resetting code or by the administrator. */
export const unblockPin = async (agent: Assuan, ask: AskSecret, by: 'reset-code' | 'admin-pin'): Promise<void> => {
  const { number } = await readCard(agent)
  if (by === 'admin-pin') {
    await verifyAdmin(agent, ask)
    const next = await convert(agent, 'pin', await fresh(ask, number, 'pin'))
    return checked(agent, 'pin', await send(agent, [0x2c, 2, 0x81], next))
  }
  const code = await convert(agent, 'reset-code', await asked(agent, ask, 'reset-code'))
  const next = await convert(agent, 'pin', await fresh(ask, number, 'pin'))
  await checked(agent, 'reset-code', await send(agent, [0x2c, 0, 0x81], code, next))
}
