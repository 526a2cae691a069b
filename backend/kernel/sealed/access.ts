import type { z } from 'zod'
import { commands } from '#protocol/catalogue.ts'
import { certificates } from '#protocol/certificates.ts'
import type { CollectionDefinition } from '#protocol/collection.ts'
import { LibralError } from '#protocol/errors.ts'
import type { Instant } from '#protocol/ids.ts'
import {
  type ClassRow,
  type Coverage,
  classes,
  openings,
  type RewrapRow,
  rewraps,
  sealedLimits,
  subjects,
  type WrappedKey,
} from '#protocol/sealed.ts'
import { type HandOverPage, type HandOverRow, handOverLimits, handOvers } from '#protocol/sealed-hand-over.ts'
import { paperCustodian, type SealClass, sealClasses } from '#protocol/sealed-value.ts'
import { operators } from '#protocol/session.ts'
import { indexToken } from '#trust/sealed/seal.ts'
import type { Reader, StoredKey } from '../../storage/port.ts'
import { memoryLimiters } from '../../transport/limiters.ts'
import type { DeploymentKeys } from '../deployment-keys.ts'
import type { Principal } from '../kernel.ts'
import { ref } from '../module.ts'
import type { EpochOf } from '../overlay.ts'
import type { OneWriter } from '../writer.ts'
import { judgeCustodians, rowsToJudge } from './custodians.ts'
import { sealedIn } from './entries.ts'
import { readRows } from './rows.ts'
import { indexKeyOf } from './sealer.ts'

/** What is handed out and taken in beside the log. Who may ask at all is judged by the transport's table. */
export interface SealedAccess {
  /**
   * The wrapped keys of a recorded opening, for who recorded it.
   * @throws LibralError `sealed.not-recorded`, `sealed.opening-expired`, `sealed.erased`, `sealed.no-key`
   */
  keys(principal: Principal, opening: string): Promise<readonly WrappedKey[]>
  /**
   * A page of the keys that the custodian of a recorded rewrap still lacks.
   * @throws LibralError `sealed.not-recorded`, `sealed.rewrap-ended`
   */
  lacking(principal: Principal, rewrap: string, after: string | null): Promise<readonly WrappedKey[]>
  /** Takes what was wrapped anew; answers how many keys were still lacking. */
  putWrapped(principal: Principal, rewrap: string, keys: readonly WrappedKey[]): Promise<number>
  /**
   * A page of the keys that a recorded hand-over gives, from an entry on, and of those that it can't give.
   * @throws LibralError `sealed.not-recorded`, `sealed.hand-over-ended`, `sealed.hand-over-expired`,
   *   `sealed.not-custodian`, `sealed.certificate-unusable`
   */
  handedOver(principal: Principal, handOver: string, from: number | null): Promise<HandOverPage>
  /** Keys of the rows whose field has this value. @throws LibralError `input.invalid`, `sealed.search-limited` */
  find(principal: Principal, collection: string, field: string, value: string): Promise<readonly string[]>
  coverage(): Promise<readonly Coverage[]>
}

export interface SealedAccessDeps {
  readonly storage: Pick<Reader, 'rows' | 'sealed' | 'entries'>
  readonly writer: OneWriter
  readonly epochOf: EpochOf
  readonly keys: DeploymentKeys
  readonly now: () => Instant
}

type Rows = Pick<Reader, 'rows'>

export const createSealedAccess = (deps: SealedAccessDeps): SealedAccess => {
  const { storage, writer, now } = deps
  const searches = memoryLimiters({ name: 'sealed-search', points: sealedLimits.searchesPerMinute, seconds: 60 })
  const row = async <Row extends z.ZodType>(
    from: Rows,
    collection: CollectionDefinition<Row>,
    key: string,
  ): Promise<z.output<Row> | undefined> => {
    return (await readRows(from, deps.epochOf, [ref(collection, key)])).get(collection, key)
  }
  /** The rewrap, if it is this principal's and still under way for a custodian who still is one. */
  const running = async (from: Rows, principal: Principal, id: string): Promise<RewrapRow> => {
    const found = await row(from, rewraps, id)
    if (!found || found.by !== principal.operator) throw new LibralError('sealed.not-recorded')
    const stands =
      custodianIn(await row(from, classes, found.class), found.custodian)?.fingerprint === found.fingerprint
    if (found.endedAt !== null || !stands) throw new LibralError('sealed.rewrap-ended')
    return found
  }
  /** The hand-over, if it is this principal's and still open, and its receiver still is to be had. */
  const giving = async (principal: Principal, id: string): Promise<HandOverRow & { readonly holds: string }> => {
    const found = await row(storage, handOvers, id)
    if (!found || found.by !== principal.operator) throw new LibralError('sealed.not-recorded')
    if (found.endedAt !== null) throw new LibralError('sealed.hand-over-ended')
    if (found.until <= now()) throw new LibralError('sealed.hand-over-expired')
    const custodian = custodianIn(await row(storage, classes, found.class), principal.operator)
    if (!custodian) throw new LibralError('sealed.not-custodian', { class: found.class })
    const { fingerprint } = found
    const registered = await row(storage, certificates, fingerprint)
    const person = found.operator === null ? undefined : await row(storage, operators, found.operator)
    // Revoked, or registered for somebody, or their account closed, since it was recorded.
    const stands =
      found.operator === null ? registered === undefined : registered?.state === 'valid' && person?.disabled === false
    if (!stands) throw new LibralError('sealed.certificate-unusable', { fingerprint })
    return { ...found, holds: custodian.fingerprint }
  }
  return {
    keys: async (principal, id) => {
      const opening = await row(storage, openings, id)
      if (!opening || opening.operator !== principal.operator) throw new LibralError('sealed.not-recorded')
      if (opening.at + sealedLimits.openingMs <= now()) throw new LibralError('sealed.opening-expired')
      if ((await row(storage, subjects, opening.subject))?.since === null) throw new LibralError('sealed.erased')
      const still = custodianIn(await row(storage, classes, opening.class), principal.operator)
      if (!still) throw new LibralError('sealed.not-custodian', { class: opening.class })
      const found = await storage.sealed.wrapped(opening.subject, principal.operator)
      const ofClass = found.filter((key) => key.class === opening.class)
      if (ofClass.length === 0) throw new LibralError('sealed.no-key', { class: opening.class })
      return ofClass.map(shown)
    },
    lacking: async (principal, id, after) => {
      const { class: sealClass, custodian, fingerprint, using } = await running(storage, principal, id)
      const from = using === 'paper' ? paperCustodian : principal.operator
      const holder = { custodian, fingerprint }
      return (await storage.sealed.lacking(sealClass, from, holder, after, sealedLimits.page)).map(shown)
    },
    // In the one writer's turn: a subject that was erased meanwhile gets no key back.
    putWrapped: (principal, id, keys) =>
      writer.run(async (transaction) => {
        const { class: sealClass, custodian, fingerprint, using } = await running(transaction, principal, id)
        const from = using === 'paper' ? paperCustodian : principal.operator
        const holder = { custodian, fingerprint }
        const wanted = await transaction.sealed.lacking(sealClass, from, holder, before(keys), sealedLimits.page)
        const subjectsByKey = new Map(wanted.map(({ key, subject }) => [key, subject]))
        const added = keys
          .filter(({ key, subject }) => subjectsByKey.get(key) === subject)
          .map(({ key, subject, wrapped }) => ({
            ...{ key, subject, class: sealClass, ...holder },
            wrapped: new Uint8Array(Buffer.from(wrapped, 'base64')),
          }))
        return transaction.sealed.putKeys(added)
      }),
    handedOver: async (principal, id, from) => {
      const found = await giving(principal, id)
      const begin = Math.max(found.from, from ?? found.from)
      const { sealed, next } = await sealedIn(storage, found, begin, handOverLimits)
      const rows = await storage.sealed.ofKeys(sealed.map(({ key }) => key))
      const known = new Set(rows.map(({ key }) => key))
      const mine = new Map<string, StoredKey>()
      for (const one of rows) {
        if (one.custodian !== principal.operator || one.class !== found.class) continue
        // Under two certificates of theirs a key has two rows: the present one's, where there is a choice.
        if (!mine.has(one.key) || one.fingerprint === found.holds) mine.set(one.key, one)
      }
      return {
        keys: sealed.flatMap(({ key }) => mine.get(key) ?? []).map(shown),
        without: sealed.flatMap(({ key, subject }) =>
          mine.has(key) ? [] : [{ key, subject, why: known.has(key) ? ('lacking' as const) : ('erased' as const) }],
        ),
        next,
      }
    },
    find: async (principal, collection, field, value) => {
      const known = searchable.get(`${collection} ${field}`)
      if (!known) throw new LibralError('input.invalid', { field: 'field' })
      await searches.consume(principal.operator).catch(() => {
        throw new LibralError('sealed.search-limited', { limit: sealedLimits.searchesPerMinute })
      })
      const token = indexToken(indexKeyOf(deps.keys, known.class), { collection, field }, known.form, value)
      return storage.sealed.find(collection, field, token)
    },
    coverage: () => Promise.all(sealClasses.map(async (it) => coverageOf(it, await row(storage, classes, it), deps))),
  }
}

const custodianIn = (row: ClassRow | undefined, custodian: string) =>
  row?.custodians.find((one) => one.custodian === custodian)

const shown = ({ subject, key, wrapped }: StoredKey): WrappedKey =>
  ({ subject, key, wrapped: Buffer.from(wrapped).toString('base64') }) as WrappedKey

/** A page is asked for from before its first key: an id of 22 characters has no neighbour closer than this. */
const before = (keys: readonly WrappedKey[]): string | null => {
  const first = keys.map(({ key }) => key).sort(bytewise)[0]
  return first === undefined ? null : first.slice(0, -1)
}
const bytewise = (one: string, other: string): number => (one < other ? -1 : 1)

/** Fields that commands of this build seal for search. */
const searchable = new Map(
  commands.flatMap(({ seals }) =>
    Object.entries(seals?.fields ?? {}).flatMap(([field, form]) =>
      seals && form !== null ? [[`${seals.collection} ${field}`, { class: seals.class, form }] as const] : [],
    ),
  ),
)

const coverageOf = async (
  sealClass: SealClass,
  row: ClassRow | undefined,
  { storage, epochOf, now }: SealedAccessDeps,
): Promise<Coverage> => {
  const { keys, subjects: about, holders } = await storage.sealed.coverage(sealClass)
  const judged = row ? await judgeCustodians(row, await readRows(storage, epochOf, rowsToJudge(row)), now()) : []
  const reachable = judged.filter(({ unusable }) => unusable !== 'disabled').map(({ custodian }) => custodian)
  return {
    class: sealClass,
    ...{ keys, subjects: about },
    lost: await storage.sealed.lost(sealClass, reachable),
    custodians: judged.map(({ custodian, fingerprint, unusable }) => {
      const held = holders.find((it) => it.custodian === custodian && it.fingerprint === fingerprint)
      return { custodian, fingerprint, unusable, subjects: held?.subjects ?? 0, keys: held?.keys ?? 0 }
    }),
  }
}
