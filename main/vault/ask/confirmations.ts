import { namedMinute } from '#protocol/japan-time.ts'
import type { KeyEntry, RevocationReason } from '#protocol/keys.ts'
import { type Impact, impactOf } from '../identity/impact.ts'
import type { Asked } from './question.ts'
import type { SayVault } from './texts.ts'
import { grouped } from './written.ts'

type Fact = Asked['facts'][number]

/** Who is meant, by what only the vault could have read. */
export const whoFacts = (entry: KeyEntry, say: SayVault): Fact[] => [
  { label: say('fact.name'), value: [entry.name, entry.email].filter(Boolean).join('  ') },
  ...entry.certificates.map(({ fingerprint, version }) => ({
    label: `${say('fact.fingerprint')} v${version}`,
    value: grouped(fingerprint),
  })),
]

export function removal(entry: KeyEntry, backupAt: number | null, say: SayVault): Asked {
  const impact = impactOf(entry, 'remove', 'unspecified')
  const own: Fact[] = [
    ...impact.unreadable.map((it) => ({ label: say('fact.unreadable'), value: unreadable(it, say) })),
    {
      label: say('fact.backup'),
      value: backupAt === null ? say('fact.backupNever') : say('fact.backupAt', { at: namedMinute(backupAt) }),
    },
  ]
  return {
    title: say('remove.title'),
    body: [say(!entry.own ? 'remove.other' : isHeld(entry) ? 'remove.held' : 'remove.own')],
    facts: [...whoFacts(entry, say), ...(entry.own ? own : [])],
    fields: 'none',
    accept: say('remove.accept'),
    danger: true,
  }
}

/** Its secret parts are none of the keyring's own. */
const isHeld = ({ certificates }: KeyEntry): boolean =>
  certificates.every(({ parts }) => parts.every(({ place }) => place !== 'software'))

/** A card has room for one encryption key. */
export function cardRotation(entry: KeyEntry, say: SayVault): Asked {
  const readers = entry.certificates.flatMap(({ parts }) =>
    parts.filter(({ uses, place }) => uses.includes('encrypt') && place === 'card'),
  )
  return {
    title: say('card.rotate'),
    body: [say('card.rotateBody')],
    facts: [
      ...whoFacts(entry, say),
      ...readers.map(({ keyId, opened }) => ({
        label: say('fact.unreadable'),
        value: unreadable({ keyId, count: opened.count, lastAt: opened.at }, say),
      })),
    ],
    fields: 'none',
    accept: say('card.rotateAccept'),
    danger: true,
  }
}

const unreadable = ({ keyId, count, lastAt }: Impact['unreadable'][number], say: SayVault): string =>
  lastAt === null
    ? say('fact.unreadableNever', { keyId })
    : say('fact.unreadableSome', { keyId, count: String(count), at: namedMinute(lastAt) })

export function revocation(entry: KeyEntry, reason: RevocationReason, say: SayVault): Asked {
  const impact = impactOf(entry, 'revoke', reason)
  return {
    title: say('revoke.title'),
    body: [say('revoke.body')],
    facts: [
      ...whoFacts(entry, say),
      { label: say('fact.reason'), value: say(`reason.${reason}`) },
      { label: say('fact.unreadable'), value: say('fact.stillReadable') },
      ...(impact.closesInbox ? [{ label: say('fact.inbox'), value: say('fact.closesInbox') }] : []),
      ...(impact.signatures === 'unaffected'
        ? []
        : [{ label: say('fact.signatures'), value: say(`fact.${impact.signatures}`) }]),
    ],
    fields: 'none',
    accept: say('revoke.accept'),
    danger: true,
  }
}
