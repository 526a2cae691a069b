import { LibralError } from '#protocol/errors.ts'
import { exportFromGnupg } from '../identity/gnupg.ts'
import { parseKeys } from '../identity/parse.ts'
import { importKeys } from '../imports.ts'
import { parseStored } from '../keyring/listing.ts'
import type { Vault } from '../vault.ts'
import { cardParts } from './card-parts.ts'
import { holdKnown } from './take.ts'

/**
 * Lets the keyring know that a certificate's keys are on this card; one that only GnuPG has is fetched from there.
 * @returns null: nobody has a certificate with these keys
 */
export async function takeCard(vault: Vault, number: string): Promise<{ readonly id: string } | null> {
  const { hardware } = vault
  const keyring = vault.keyring()
  const { card, sign, encrypt, authenticate } = await hardware.alone(() => cardParts(hardware))
  if (card.number !== number) throw new LibralError('hardware.other-card', { wanted: number, present: card.number })
  const parts = [sign, encrypt, authenticate].flatMap((it) => (it === null ? [] : [it]))
  if (parts.length === 0) throw new LibralError('hardware.card-empty')
  const places = new Map(parts.flatMap(({ fingerprint, held }) => (fingerprint === null ? [] : [[fingerprint, held]])))
  const known = await holdKnown(keyring, places, parseStored)
  if (known !== null || sign?.fingerprint == null) return known
  const exported = await exportFromGnupg([sign.fingerprint]).catch(() => Buffer.alloc(0))
  if (exported.length === 0) return null
  await importKeys(await parseKeys(exported), { ...vault, keyring })
  return holdKnown(keyring, places, parseStored)
}
