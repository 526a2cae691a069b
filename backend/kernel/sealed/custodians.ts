import { certificates } from '#protocol/certificates.ts'
import { LibralError } from '#protocol/errors.ts'
import type { Instant } from '#protocol/ids.ts'
import { type ClassRow, type Coverage, type CustodianRow, classes } from '#protocol/sealed.ts'
import { paperCustodian, type SealClass } from '#protocol/sealed-value.ts'
import { operators } from '#protocol/session.ts'
import { type Recipient, recipientOf } from '#trust/sealed/wrap.ts'
import type { ModuleContext, RowRef, State } from '../module.ts'

export type Unusable = NonNullable<Coverage['custodians'][number]['unusable']>

export interface JudgedCustodian extends CustodianRow {
  /** To seal for; null where `unusable` says why not. */
  readonly recipient: Recipient | null
  readonly unusable: Unusable | null
}

/** The rows that {@link judgeCustodians} looks at. */
export const rowsToJudge = (row: ClassRow | undefined): readonly RowRef[] =>
  (row?.custodians ?? []).flatMap(({ custodian, fingerprint }) => [
    { collection: operators, key: custodian },
    { collection: certificates, key: fingerprint },
  ])

/** Who of a class can be sealed for at this time, and why the others can't. */
export const judgeCustodians = (row: ClassRow, state: State, at: Instant): Promise<readonly JudgedCustodian[]> =>
  Promise.all(row.custodians.map((custodian) => judge(custodian, state, at)))

const judge = async (row: CustodianRow, state: State, at: Instant): Promise<JudgedCustodian> => {
  const standing = standingOf(row, state)
  if ('unusable' in standing) return { ...row, recipient: null, ...standing }
  const found = await recipientOf(standing.certificate, at)
  if ('unusable' in found) return { ...row, recipient: null, unusable: found.unusable }
  if (found.recipient.fingerprint !== row.fingerprint) return { ...row, recipient: null, unusable: 'unreadable' }
  return { ...row, recipient: found.recipient, unusable: null }
}

const standingOf = (
  row: CustodianRow,
  state: State,
): { readonly certificate: string } | { readonly unusable: Unusable } => {
  if (row.provedAt === null) return { unusable: 'unproved' }
  if (row.custodian === paperCustodian) {
    if (row.certificate === null) throw new LibralError('internal.unexpected')
    return { certificate: row.certificate }
  }
  const operator = state.get(operators, row.custodian)
  if (!operator || operator.disabled) return { unusable: 'disabled' }
  const registered = state.get(certificates, row.fingerprint)
  const theirs = registered?.operator === row.custodian && registered.state === 'valid'
  return theirs ? { certificate: registered.certificate } : { unusable: 'revoked' }
}

/** Whether something of a class could be sealed now, as far as committed rows say. */
export const mayBeSealed = async (read: ModuleContext['read'], sealClass: SealClass, at: Instant): Promise<boolean> => {
  const row = await read.get(classes, sealClass)
  if (!row) return false
  const rows = new Map<string, unknown>()
  for (const { collection, key } of rowsToJudge(row))
    rows.set(`${collection.name} ${key}`, await read.get(collection, key))
  const state = { get: ({ name }: { readonly name: string }, key: string) => rows.get(`${name} ${key}`) } as State
  return maySeal(await judgeCustodians(row, state, at))
}

/** Two custodians, or one and a recovery key: what one mishap takes away must not take the data with it. */
export const maySeal = (judged: readonly JudgedCustodian[]): boolean => {
  const usable = judged.filter(({ unusable }) => unusable === null)
  return usable.length >= 2 && usable.some(({ custodian }) => custodian !== paperCustodian)
}
