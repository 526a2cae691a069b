import { certificateRegistered, certificateRevoked } from '#protocol/certificates.ts'
import type { Entry } from '#protocol/entry.ts'
import type { Role } from '#protocol/permission.ts'
import { operatorChanged, operatorRegistered } from '#protocol/session.ts'
import { createPolicyReader, type PolicyHistory } from '../policies.ts'

/**
 * Who held which role when, and which policy was in force: what the entries before an entry say. Of entries that were read
 * without a gap it is certain; what stands before them, whoever handed them over has chosen.
 */

export interface Held {
  readonly roles: readonly Role[]
  readonly disabled: boolean
}
export interface TrailRecord {
  /** A person right before an entry. unknown: nothing certain is known; absent: there was none of that name. */
  person(operator: string, index: number): Held | 'unknown' | 'absent'
  /** Administrators who are not disabled; null: not every entry before it was read. */
  administrators(index: number): number | null
  /** Whether a certificate was this operator's and not revoked right before an entry. */
  certificate(fingerprint: string, operator: string, index: number): boolean | 'unknown'
  /** Whether every entry before this one was read. */
  whole(index: number): boolean
  policies(): PolicyHistory
}
export interface RecordReader extends TrailRecord {
  /** The next entry, in order; entries may be missing, and are then missing from what is certain. */
  take(entry: Entry): void
}

interface Change<T> {
  readonly index: number
  readonly to: T
}

export const createTrailRecord = (): RecordReader => {
  const people = new Map<string, Change<Held>[]>()
  const certificates = new Map<string, Change<{ readonly operator: string; readonly stands: boolean }>[]>()
  const policies = createPolicyReader()
  let next: number | undefined
  /** From here on every entry was read. */
  let unbroken = 0

  const put = <T>(list: Map<string, Change<T>[]>, key: string, change: Change<T>): void => {
    const known = list.get(key)
    if (known === undefined) list.set(key, [change])
    else known.push(change)
  }
  /** The last change before an entry, where nothing can stand between them; null: certainly none. */
  const before = <T>(changes: readonly Change<T>[] | undefined, index: number): T | null | 'unknown' => {
    if (index > (next ?? 0)) return 'unknown'
    const last = changes?.findLast((change) => change.index < index)
    if (last !== undefined && last.index >= unbroken) return last.to
    // Within the unbroken stretch nothing is said of it, and what stands before it need not be all.
    return unbroken > 0 ? 'unknown' : null
  }
  const readers: Readonly<{ [type: string]: (data: unknown, index: number) => void }> = {
    [operatorRegistered.type]: (data, index) => setPerson(operatorRegistered.data.safeParse(data).data, index),
    [operatorChanged.type]: (data, index) => setPerson(operatorChanged.data.safeParse(data).data, index),
    [certificateRegistered.type]: (data, index) => {
      const read = certificateRegistered.data.safeParse(data).data
      // A revoked one is never registered again, whatever the entry says.
      const revoked = read && certificates.get(read.fingerprint)?.some(({ to }) => !to.stands)
      if (read && !revoked)
        put(certificates, read.fingerprint, { index, to: { operator: read.operator, stands: true } })
    },
    [certificateRevoked.type]: (data, index) => {
      const read = certificateRevoked.data.safeParse(data).data
      if (read) put(certificates, read.fingerprint, { index, to: { operator: read.operator, stands: false } })
    },
  }
  const setPerson = (read: { operator: string; roles: Role[]; disabled: boolean } | undefined, index: number): void => {
    if (read) put(people, read.operator, { index, to: { roles: read.roles, disabled: read.disabled } })
  }

  return {
    take: (entry) => {
      const { index, events } = entry
      if (index !== (next ?? 0)) unbroken = index
      next = index + 1
      policies.take(entry)
      for (const { type, data } of events) readers[type]?.(data, index)
    },
    person: (operator, index) => before(people.get(operator), index) ?? 'absent',
    whole: (index) => unbroken === 0 && index <= (next ?? 0),
    administrators: (index) => {
      if (unbroken > 0 || index > (next ?? 0)) return null
      const held = [...people.values()].map((changes) => before(changes, index))
      return held.filter((one) => one !== null && one !== 'unknown' && isAdministrator(one)).length
    },
    certificate: (fingerprint, operator, index) => {
      const found = before(certificates.get(fingerprint), index)
      if (found === 'unknown') return found
      return found?.stands === true && found.operator === operator
    },
    policies: policies.history,
  }
}

const isAdministrator = ({ roles, disabled }: Held): boolean => !disabled && roles.includes('administrator')
