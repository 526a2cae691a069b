import { createColumn } from '#main/replica/column.ts'
import { certificateRevoked } from '#protocol/certificates.ts'
import type { Entry } from '#protocol/entry.ts'
import { sessionOpened } from '#protocol/session.ts'

/** Entries that rest on a certificate which was revoked as compromised, before the revocation too: 要確認. */
export interface Doubt {
  /** What any entry says of certificates and of the sessions that they certified. */
  learn(entry: Entry): void
  /** The next entry of the range; null: it can't be read. */
  add(entry: Entry | null): void
  /** By its place in the range. */
  has(position: number): boolean
}

export const createDoubt = (): Doubt => {
  const compromised = new Set<string>()
  /** Session key to the certificate that certified it. */
  const certified = new Map<string, string>()
  /** Fingerprints on which each entry rests. */
  const restsOn = createColumn('text')

  const learn: Doubt['learn'] = ({ events }) => {
    for (const { type, data } of events) {
      if (type === certificateRevoked.type) {
        const revoked = certificateRevoked.data.safeParse(data).data
        if (revoked?.reason === 'compromised') compromised.add(revoked.fingerprint)
      } else if (type === sessionOpened.type) {
        const session = sessionOpened.data.safeParse(data).data
        if (session?.certificate != null) certified.set(session.key, session.certificate)
      }
    }
  }
  const rootsOf = ({ command }: Entry): readonly string[] =>
    command.signatures.flatMap(({ kind, key }) => (kind === 'openpgp' ? [key] : (certified.get(key) ?? [])))

  return {
    learn,
    add: (entry) => {
      if (entry !== null) learn(entry)
      restsOn.push(entry === null ? '' : rootsOf(entry).join(' '))
    },
    has: (position) =>
      compromised.size > 0 &&
      restsOn
        .text(restsOn.raw(position))
        .split(' ')
        .some((fingerprint) => compromised.has(fingerprint)),
  }
}
