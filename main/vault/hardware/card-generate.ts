import { LibralError } from '#protocol/errors.ts'
import type { CardAlgorithm } from '#protocol/hardware-algorithms.ts'
import type { AskSecret } from './ask.ts'
import type { Assuan } from './assuan.ts'
import { readCard } from './card-channel.ts'
import type { CardKey } from './card-data.ts'

/** As scdaemon's KEY-ATTR wants them: OpenPGP's number of the algorithm, then size or curve. */
const attributes: Readonly<Record<CardAlgorithm, (slot: CardKey['slot']) => string>> = {
  rsa2048: () => '1 rsa2048',
  rsa4096: () => '1 rsa4096',
  '25519': (slot) => (slot === 2 ? '18 cv25519' : '22 ed25519'),
  nistp256: (slot) => `${slot === 2 ? 18 : 19} nistp256`,
}

/** RSA takes a card minutes. */
const generateMs = 10 * 60_000

/**
 * Makes a key on the card; what was in the slot is lost. The administrator's PIN is asked.
 * @returns when the card says it was made: part of the fingerprint, so it has to be kept
 */
export const generateOnCard = async (
  agent: Assuan,
  ask: AskSecret,
  slot: CardKey['slot'],
  algorithm: CardAlgorithm,
): Promise<Date> => {
  const card = await readCard(agent)
  if (card.tries.adminPin === 0) throw new LibralError('hardware.admin-pin-blocked')
  const inquire = (keyword: string): Promise<Uint8Array | null> | null =>
    keyword === 'PASSPHRASE' ? ask({ kind: 'admin-pin', name: card.number, tries: card.tries.adminPin }) : null
  await agent.command('OPTION pinentry-mode=loopback')
  const options = { inquire, timeoutMs: generateMs }
  await agent.command(`SCD SETATTR KEY-ATTR --force ${slot} ${attributes[algorithm](slot)}`, options)
  const { statuses } = await agent.command(`SCD GENKEY --force ${slot}`, options)
  const created = statuses.find(({ keyword }) => keyword === 'KEY-CREATED-AT')?.rest
  if (created === undefined || !/^\d+$/.test(created)) throw new LibralError('hardware.protocol')
  return new Date(Number(created) * 1000)
}
