import { setTimeout as pause } from 'node:timers/promises'
import { type GnupgHome, openGnupgHome } from '../gnupg-home.ts'
import { lacking } from '../programs.ts'
import { VirtualCard } from './card.ts'
import { pcscdLacks, startPcscd } from './pcscd.ts'
import { VirtualReader } from './reader.ts'

/** A card in a reader at a real pcscd, with a real gpg-agent and scdaemon that use it; all apart from the machine's. */
export interface CardPlace {
  readonly card: VirtualCard
  readonly reader: VirtualReader
  readonly gnupg: GnupgHome
  /** Ends when scdaemon sees the card as it is in the reader now: pcscd looks for it every 400 ms. */
  seen(): Promise<void>
  stop(): Promise<void>
}

/** Which program is missing here; null when {@link openCardPlace} can work. */
export const cardPlaceLacks = (): string | null =>
  pcscdLacks() ?? lacking('gpg', 'gpgconf', 'gpg-agent', 'scdaemon')[0] ?? null

/** @param serial eight hex digits */
export const openCardPlace = async (serial = '00000001'): Promise<CardPlace> => {
  const pcscd = await startPcscd()
  const card = new VirtualCard(serial)
  const reader = new VirtualReader(pcscd.readerSocket)
  await reader.insert(card)
  const gnupg = await openGnupgHome(pcscd.env)
  const seen = async (): Promise<void> => {
    while (!(await gnupg.agent('scd serialno openpgp'))) await pause(20)
  }
  await seen()
  return {
    card,
    reader,
    gnupg,
    seen,
    stop: async () => {
      await gnupg.stop()
      await pcscd.stop()
      await reader.remove()
    },
  }
}
