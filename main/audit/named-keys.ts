import { type CertificateEnd, certificateRegistered } from '#protocol/certificates.ts'
import type { Entry, LoggedEvent } from '#protocol/entry.ts'
import type { Instant } from '#protocol/ids.ts'
import { logOpened, servicesCertified } from '#protocol/log.ts'
import { fromBase64url } from '#trust/bytes.ts'
import { keyIdOf } from '#trust/ed25519.ts'
import { createKeysInLog } from '#trust/review/keys-in-log.ts'

/** A key that a log names, whose it is, and between which entries it stands. Keys of sessions are left out. */
export interface NamedKey {
  readonly kind: 'log' | 'service' | 'certificate'
  /** Key id; of a certificate its fingerprint. */
  readonly key: string
  /** The deployment, the service, or the operator with the certificate's own names. */
  readonly whose: string
  readonly from: { readonly index: number; readonly at: Instant }
  /** null: nothing that was read ends it. `expires`: by what the certificate says itself. */
  readonly until:
    | null
    | { readonly why: 'expires'; readonly at: Instant }
    | { readonly why: 'replaced' | CertificateEnd; readonly index: number; readonly at: Instant }
}

/** Takes in a log's entries in their order; what ends a key is judged as a review judges it (trust/review). Pure. */
export interface KeyRegister {
  learn(entry: Entry): void
  /** In the order in which the log names them. */
  keys(): readonly NamedKey[]
}

export const createKeyRegister = (): KeyRegister => {
  const judge = createKeysInLog()
  const named = new Map<string, NamedKey>()
  let logKey: string | null = null
  /** Named again it is the same one since then; a certificate that was renewed has another end. */
  const add = (one: Omit<NamedKey, 'until'>, until: NamedKey['until'] = null): void => {
    const key = `${one.kind} ${one.key}`
    named.set(key, { ...one, from: named.get(key)?.from ?? one.from, until })
  }

  const learnLogKey = ({ index, at }: Entry): void => {
    const now = judge.logKey()
    const key = now && keyIdOf(now)
    if (key === null || key === logKey) return
    const before = named.get(`log ${logKey}`)
    if (before) named.set(`log ${logKey}`, { ...before, until: { why: 'replaced', index, at } })
    add({ kind: 'log', key, whose: judge.deployment() ?? '', from: { index, at } })
    logKey = key
  }

  const learnEvent = ({ type, data }: LoggedEvent, { index, at }: Entry): void => {
    const from = { index, at }
    const certified = { [logOpened.type]: logOpened.data, [servicesCertified.type]: servicesCertified.data }[type]
    const services = certified?.safeParse(data).data?.services ?? []
    for (const { service, key } of services) {
      add({ kind: 'service', key: keyIdOf(fromBase64url(key)), whose: `service:${service}`, from })
    }
    const registered = type === certificateRegistered.type ? certificateRegistered.data.safeParse(data).data : undefined
    if (registered === undefined) return
    const { operator, userIds, fingerprint, expiresAt } = registered
    const whose = [operator, ...userIds].join('  ')
    add(
      { kind: 'certificate', key: fingerprint, whose, from },
      expiresAt === null ? null : { why: 'expires', at: expiresAt },
    )
  }

  /** Whatever comes first ends it. */
  const ended = (one: NamedKey): NamedKey => {
    const end = one.kind === 'certificate' ? judge.certificate(one.key)?.ended : null
    if (!end || (one.until !== null && one.until.at <= end.at)) return one
    return { ...one, until: { why: end.reason, index: end.index, at: end.at } }
  }

  return {
    learn: (entry) => {
      judge.learn(entry)
      learnLogKey(entry)
      for (const event of entry.events) learnEvent(event, entry)
    },
    keys: () => [...named.values()].map(ended),
  }
}
