import { LibralError } from '#protocol/errors.ts'
import type { AskSecret } from './ask.ts'
import type { Assuan } from './assuan.ts'
import { readCard, transmit } from './card-channel.ts'
import type { CardKey, TouchPolicy } from './card-data.ts'
import { verifyAdmin } from './card-pins.ts'

const policies: Readonly<Record<Exclude<TouchPolicy, 'unknown'>, number>> = { off: 0, on: 1, fixed: 2 }

/** Sets when the card asks for a finger (user interaction flag, D6 to D8). `fixed` can't be taken back. */
export const setTouch = async (
  agent: Assuan,
  ask: AskSecret,
  slot: CardKey['slot'],
  touch: Exclude<TouchPolicy, 'unknown'>,
): Promise<void> => {
  const key = (await readCard(agent)).keys[slot - 1]
  if (key === undefined || key.touch === 'unknown') throw new LibralError('hardware.unsupported')
  if (key.touch === 'fixed') throw new LibralError('hardware.touch-fixed')
  await verifyAdmin(agent, ask)
  const { status } = await transmit(agent, Uint8Array.of(0, 0xda, 0, 0xd5 + slot, 2, policies[touch], 0x20))
  if (status !== 0x9000) throw new LibralError('hardware.failed', { cause: status })
}

/**
 * Makes everything on the card as it came from the factory: keys are lost. Needs no PIN, as GnuPG does it: both are
 * blocked first, then TERMINATE DF and ACTIVATE FILE.
 */
export const resetCard = async (agent: Assuan): Promise<void> => {
  await readCard(agent)
  const wrong = Buffer.from('0000000000000000', 'latin1')
  for (const mode of [0x81, 0x83])
    for (let left = 16; left > 0; left -= 1) {
      const { status } = await transmit(agent, Buffer.concat([Uint8Array.of(0, 0x20, 0, mode, wrong.length), wrong]))
      if (status === 0x6983) break
    }
  for (const ins of [0xe6, 0x44]) {
    const { status } = await transmit(agent, Uint8Array.of(0, ins, 0, 0))
    if (status !== 0x9000) throw new LibralError('hardware.unsupported')
  }
  // scdaemon keeps what it read of a card as long as the card stays; gpg-agent starts a new one when it is needed.
  await agent.command('SCD KILLSCD')
}
