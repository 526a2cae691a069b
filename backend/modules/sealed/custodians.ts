import { certificateRefusal, certificates } from '#protocol/certificates.ts'
import { LibralError } from '#protocol/errors.ts'
import {
  addCustodian,
  addRecovery,
  type ClassRow,
  type CustodianRow,
  classes,
  custodianAdded,
  custodianRemoved,
  leastTermDays,
  proveRecovery,
  recoveryProved,
  removeCustodian,
  sealedLimits,
  setTerm,
  termSet,
} from '#protocol/sealed.ts'
import { paperCustodian, type SealClass } from '#protocol/sealed-value.ts'
import { operators } from '#protocol/session.ts'
import { fromBase64url, sha256, toBase64url } from '#trust/bytes.ts'
import { recipientOf } from '#trust/sealed/wrap.ts'
import { accept, type Decision, defineHandler, defineProjection, happened, ref, refuse } from '../../kernel/module.ts'

const freshClass = (sealClass: SealClass): ClassRow => ({
  class: sealClass,
  termDays: leastTermDays[sealClass],
  custodians: [],
  generation: 0,
})

const custodianIn = (row: ClassRow | undefined, custodian: string): CustodianRow | undefined =>
  row?.custodians.find((one) => one.custodian === custodian)

/** A new custodian, or a new certificate of one. */
const added = (
  row: ClassRow | undefined,
  wanted: Omit<CustodianRow, 'since' | 'provedAt'>,
  of: SealClass,
): Decision => {
  const { custodian, fingerprint } = wanted
  const known = custodianIn(row, custodian)
  if (known?.fingerprint === fingerprint) return refuse('sealed.custodian-exists', { custodian })
  if (!known && (row?.custodians.length ?? 0) >= sealedLimits.custodians)
    return refuse('sealed.too-many-custodians', { limit: sealedLimits.custodians })
  return accept(happened(custodianAdded, { ...wanted, class: of }))
}

const add = defineHandler({
  command: addCustodian,
  reads: ({ class: sealClass, custodian, fingerprint }) => [
    ref(classes, sealClass),
    ref(operators, custodian),
    ref(certificates, fingerprint),
  ],
  decide: ({ class: sealClass, custodian, fingerprint }, { at }, state) => {
    const operator = state.get(operators, custodian)
    if (!operator || operator.disabled) return refuse('session.operator-unknown', { operator: custodian })
    const registered = state.get(certificates, fingerprint)
    const refusal = certificateRefusal(registered?.operator === custodian ? registered : undefined, at)
    if (refusal !== null) return refuse(refusal)
    if (!registered?.encrypts) return refuse('sealed.certificate-unusable', { fingerprint })
    const wanted = { custodian, fingerprint, certificate: null, probe: null }
    return added(state.get(classes, sealClass), wanted, sealClass)
  },
})

const addPaper = defineHandler({
  command: addRecovery,
  examine: async ({ certificate, fingerprint }, { now }) => {
    const found = await recipientOf(certificate, now)
    if ('recipient' in found && found.recipient.fingerprint === fingerprint) return
    throw new LibralError('sealed.certificate-unusable', { fingerprint })
  },
  reads: ({ class: sealClass }) => [ref(classes, sealClass)],
  decide: ({ class: sealClass, fingerprint, certificate, probe }, _meta, state) => {
    const row = state.get(classes, sealClass)
    // What the old paper opens would be out of reach of the new one.
    if (custodianIn(row, paperCustodian)?.provedAt)
      return refuse('sealed.custodian-exists', { custodian: paperCustodian })
    return added(row, { custodian: paperCustodian, fingerprint, certificate, probe }, sealClass)
  },
})

const prove = defineHandler({
  command: proveRecovery,
  reads: ({ class: sealClass }) => [ref(classes, sealClass)],
  decide: ({ class: sealClass, fingerprint, secret }, _meta, state) => {
    const paper = custodianIn(state.get(classes, sealClass), paperCustodian)
    if (!paper?.probe || paper.fingerprint !== fingerprint) return refuse('sealed.custodian-unknown')
    if (toBase64url(sha256(fromBase64url(secret))) !== paper.probe.digest) return refuse('sealed.recovery-wrong')
    return accept(happened(recoveryProved, { class: sealClass, fingerprint }))
  },
})

const remove = defineHandler({
  command: removeCustodian,
  reads: ({ class: sealClass }) => [ref(classes, sealClass)],
  decide: ({ class: sealClass, custodian }, _meta, state) => {
    const known = custodianIn(state.get(classes, sealClass), custodian)
    if (!known) return refuse('sealed.custodian-unknown', { custodian })
    return accept(happened(custodianRemoved, { class: sealClass, custodian, fingerprint: known.fingerprint }))
  },
})

const lengthen = defineHandler({
  command: setTerm,
  reads: ({ class: sealClass }) => [ref(classes, sealClass)],
  decide: ({ class: sealClass, termDays }, _meta, state) => {
    const present = Math.max(state.get(classes, sealClass)?.termDays ?? 0, leastTermDays[sealClass])
    if (termDays < present) return refuse('sealed.term-shorter', { days: present })
    return accept(happened(termSet, { class: sealClass, termDays }))
  },
})

export const custodianHandlers = [add, addPaper, prove, remove, lengthen]

const changed = (row: ClassRow, custodians: readonly CustodianRow[]) => [
  { key: row.class, row: { ...row, custodians: [...custodians], generation: row.generation + 1 } },
]

export const custodianProjections = [
  defineProjection({
    on: termSet,
    into: classes,
    reads: (data) => [data.class],
    project: ({ class: sealClass, termDays }, _meta, get) => [
      { key: sealClass, row: { ...(get(sealClass) ?? freshClass(sealClass)), termDays } },
    ],
  }),
  defineProjection({
    on: custodianAdded,
    into: classes,
    reads: (data) => [data.class],
    project: ({ class: sealClass, ...custodian }, { at }, get) => {
      const row = get(sealClass) ?? freshClass(sealClass)
      const others = row.custodians.filter((one) => one.custodian !== custodian.custodian)
      const provedAt = custodian.custodian === paperCustodian ? null : at
      return changed(row, [...others, { ...custodian, since: at, provedAt }])
    },
  }),
  defineProjection({
    on: recoveryProved,
    into: classes,
    reads: (data) => [data.class],
    project: ({ class: sealClass, fingerprint }, { at }, get) => {
      const row = get(sealClass)
      if (!row) return []
      const proved = row.custodians.map((one) =>
        one.custodian === paperCustodian && one.fingerprint === fingerprint ? { ...one, provedAt: at } : one,
      )
      return changed(row, proved)
    },
  }),
  defineProjection({
    on: custodianRemoved,
    into: classes,
    reads: (data) => [data.class],
    project: ({ class: sealClass, custodian }, _meta, get) => {
      const row = get(sealClass)
      return row
        ? changed(
            row,
            row.custodians.filter((one) => one.custodian !== custodian),
          )
        : []
    },
  }),
]
