import { LibralError } from '#protocol/errors.ts'
import type { AskSecret, OnTouch } from './ask.ts'
import type { Assuan } from './assuan.ts'
import { readCard } from './card-channel.ts'
import type { CardStatus } from './card-data.ts'

export interface CardUse {
  readonly ask: AskSecret
  readonly onTouch?: OnTouch | undefined
  /** Of the card that holds the key, 32 hex digits. */
  readonly serial: string
  /** `OPENPGP.1` and so on. */
  readonly reference: string | null
}

/** A card that needs no finger has answered by then. */
const touchAfterMs = 400

/**
 * Works with a key of this card: refuses another card and a blocked PIN before anything is asked, tells when a finger
 * is awaited, and says afterwards what a failure was.
 * @param work is given how to ask for the PIN
 */
export const withCard = async <T>(
  agent: Assuan,
  use: CardUse,
  work: (ask: () => Promise<Uint8Array | null>) => Promise<T>,
): Promise<T> => {
  const card = await readCard(agent)
  if (card.serial !== use.serial)
    throw new LibralError('hardware.other-card', { wanted: use.serial.slice(20, 28), present: card.number })
  if (card.tries.pin === 0) throw new LibralError('hardware.pin-blocked')
  const finger = awaitingFinger(card, use)
  try {
    finger.begin()
    return await work(async () => {
      finger.end()
      const pin = await use.ask({ kind: 'pin', name: card.number, tries: card.tries.pin })
      finger.begin()
      return pin
    })
  } catch (failure) {
    throw await explained(agent, failure, finger.wanted)
  } finally {
    finger.end()
  }
}

const awaitingFinger = (card: CardStatus, { reference, onTouch }: CardUse) => {
  const touch = card.keys.find((it) => `OPENPGP.${it.slot}` === reference)?.touch
  const wanted = touch === 'on' || touch === 'fixed'
  let timer: NodeJS.Timeout | undefined
  let told = false
  return {
    wanted,
    begin: () => {
      if (!wanted) return
      timer = setTimeout(() => {
        told = true
        onTouch?.(true)
      }, touchAfterMs)
    },
    end: () => {
      clearTimeout(timer)
      if (told) onTouch?.(false)
      told = false
    },
  }
}

/** scdaemon names a missed touch and a pulled card alike; whether the card still answers tells them apart. */
const explained = async (agent: Assuan, failure: unknown, touched: boolean): Promise<unknown> => {
  if (!(failure instanceof LibralError)) return failure
  const vague = ['hardware.unplugged', 'hardware.failed', 'hardware.no-card', 'hardware.card-unreadable']
  if (failure.code === 'hardware.pin-wrong') {
    const { tries } = await readCard(agent)
    return tries.pin === 0
      ? new LibralError('hardware.pin-blocked')
      : new LibralError('hardware.pin-wrong-left', { tries: tries.pin })
  }
  if (!vague.includes(failure.code)) return failure
  const present = await readCard(agent).then(
    () => true,
    () => false,
  )
  if (!present) return new LibralError('hardware.unplugged')
  return touched ? new LibralError('hardware.touch-missed') : failure
}
