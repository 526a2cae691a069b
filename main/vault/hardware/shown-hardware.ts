import type { CardSlot, Hardware as Shown, Token } from '#protocol/hardware.ts'
import type { KeyEntry } from '#protocol/keys.ts'
import type { KeyringDocument } from '../keyring/document.ts'
import { shownKeyring } from '../shown-keyring.ts'
import type { Vault } from '../vault.ts'
import type { CardStatus } from './card-data.ts'
import { type SeenModule, tokenId } from './modules.ts'
import type { TokenKey } from './pkcs11-protocol.ts'

/** The hardware as windows and the command line see it, beside what the keyring knows of it. */
export async function shownHardware(vault: Vault, revision: number): Promise<Shown> {
  const { hardware } = vault
  const document = vault.keyring().current()
  const { entries } = await shownKeyring(vault)
  const reader = hardware.reader()
  return {
    revision,
    waits: hardware.waits(),
    reader: reader.state === 'present' ? { state: 'present', card: shownCard(reader.card, entries, document) } : reader,
    readers: hardware.readers().map(({ name, card }) => ({ name, card })),
    modules: hardware.modules.seen().map((it) => shownModule(it, entries, document)),
  }
}

function shownCard(card: CardStatus, entries: readonly KeyEntry[], document: KeyringDocument) {
  const { number, manufacturer, version, holder, tries, signatures } = card
  return {
    number,
    manufacturer,
    version,
    holder,
    tries: { ...tries },
    signatures,
    slots: card.keys.map(
      ({ createdAt, ...slot }): CardSlot => ({
        ...slot,
        createdAt: createdAt?.getTime() ?? null,
        entry: entryOfSlot(card, { ...slot, createdAt }, entries, document),
      }),
    ),
  }
}

/** By the fingerprint that stands on the card, or by the place under which the keyring knows a key of that moment. */
function entryOfSlot(
  card: CardStatus,
  slot: CardStatus['keys'][number],
  entries: readonly KeyEntry[],
  document: KeyringDocument,
): CardSlot['entry'] {
  if (!slot.present) return null
  const placed = new Set(
    heldParts(document).flatMap(({ fingerprint, held }) => {
      const { serial, reference } = held.locator
      return held.place === 'card' && serial === card.serial && reference === `OPENPGP.${slot.slot}`
        ? [fingerprint]
        : []
    }),
  )
  const found = entries.find(({ certificates }) =>
    certificates.some(({ parts }) =>
      parts.some(
        ({ fingerprint, createdAt }) =>
          fingerprint === slot.fingerprint || (placed.has(fingerprint) && createdAt === slot.createdAt?.getTime()),
      ),
    ),
  )
  if (found === undefined) return null
  const held = found.certificates.some(({ parts }) => parts.some(({ fingerprint }) => placed.has(fingerprint)))
  return { id: found.id, name: found.name, held }
}

const heldParts = ({ entries }: KeyringDocument) =>
  entries.flatMap(({ certificates }) =>
    certificates.flatMap(({ held }) =>
      Object.entries(held).map(([fingerprint, place]) => ({ fingerprint, held: place })),
    ),
  )

function shownModule(
  module: SeenModule,
  entries: readonly KeyEntry[],
  document: KeyringDocument,
): Shown['modules'][number] {
  const { id, file, state, failure } = module
  return {
    id,
    file,
    state,
    failure,
    tokens: module.tokens.map(({ loginRequired: _, ...token }): Token => {
      const keys = module.keys.get(tokenId(token))
      return { ...token, keys: keys?.map((it) => shownTokenKey(it, token, entries, document)) ?? null }
    }),
  }
}

function shownTokenKey(
  { id, label, uses, public: half }: TokenKey,
  token: { readonly serial: string; readonly label: string },
  entries: readonly KeyEntry[],
  document: KeyringDocument,
) {
  const parts = new Set(
    heldParts(document).flatMap(({ fingerprint, held: { place, locator } }) =>
      place === 'hsm' && locator['id'] === id && tokenId(token) === `${locator['serial']} ${locator['label']}`
        ? [fingerprint]
        : [],
    ),
  )
  const entry = entries.find((it) =>
    it.certificates.some((one) => one.parts.some((part) => parts.has(part.fingerprint))),
  )
  return {
    id,
    label,
    algorithm: half.kind === 'rsa' ? `rsa${Buffer.from(half.n, 'base64url').length * 8}` : half.kind,
    signs: uses.includes('sign'),
    decrypts: uses.includes('decrypt') || uses.includes('derive'),
    entry: entry === undefined ? null : { id: entry.id, name: entry.name },
  }
}
