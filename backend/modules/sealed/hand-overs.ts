import { certificateRefusal, certificates } from '#protocol/certificates.ts'
import { LibralError } from '#protocol/errors.ts'
import { classes } from '#protocol/sealed.ts'
import {
  endHandOver,
  handOver,
  handOverEnded,
  handOverLimits,
  handOvers,
  keysHandedOver,
} from '#protocol/sealed-hand-over.ts'
import { operators } from '#protocol/session.ts'
import { recipientOf } from '#trust/sealed/wrap.ts'
import { accept, defineHandler, defineProjection, happened, ref, refuse } from '../../kernel/module.ts'

const give = defineHandler({
  command: handOver,
  examine: async ({ certificate, fingerprint }, { now }) => {
    if (certificate === null) return
    const found = await recipientOf(certificate, now)
    if ('recipient' in found && found.recipient.fingerprint === fingerprint) return
    throw new LibralError('sealed.certificate-unusable', { fingerprint })
  },
  reads: ({ class: sealClass, fingerprint, operator }) => [
    ref(classes, sealClass),
    ref(certificates, fingerprint),
    ...(operator === null ? [] : [ref(operators, operator)]),
  ],
  decide: (params, { operator, at }, state) => {
    const { class: sealClass, fingerprint, operator: receiver } = params
    const custodians = state.get(classes, sealClass)?.custodians ?? []
    if (!custodians.some(({ custodian }) => custodian === operator))
      return refuse('sealed.not-custodian', { class: sealClass })
    const registered = state.get(certificates, fingerprint)
    // Who may open already does so with a reason for each: a file for oneself would go round that.
    if (receiver === operator || registered?.operator === operator) return refuse('sealed.own-receiver')
    if (receiver === null) {
      // A registered certificate is its operator's, and nobody's from outside.
      return registered
        ? refuse('sealed.certificate-unusable', { fingerprint })
        : accept(happened(keysHandedOver, params))
    }
    const person = state.get(operators, receiver)
    if (!person || person.disabled) return refuse('session.operator-unknown', { operator: receiver })
    const refusal = certificateRefusal(registered?.operator === receiver ? registered : undefined, at)
    if (refusal !== null) return refuse(refusal)
    if (!registered?.encrypts) return refuse('sealed.certificate-unusable', { fingerprint })
    return accept(happened(keysHandedOver, params))
  },
})

const end = defineHandler({
  command: endHandOver,
  reads: ({ id }) => [ref(handOvers, id)],
  decide: (params, { operator }, state) => {
    const row = state.get(handOvers, params.id)
    if (!row || row.by !== operator) return refuse('sealed.not-recorded')
    if (row.endedAt !== null) return refuse('sealed.hand-over-ended')
    return accept(happened(handOverEnded, params))
  },
})

export const handOverHandlers = [give, end]

const nothingYet = { endedAt: null, outcome: null, keys: 0, subjects: 0, erased: 0, lacking: 0 }

export const handOverProjections = [
  defineProjection({
    on: keysHandedOver,
    into: handOvers,
    reads: () => [],
    project: (data, { id, operator, at, index }) => [
      {
        key: id,
        row: {
          ...data,
          // What is sealed later was nobody's to give.
          to: Math.min(data.to, index),
          ...{ id, by: operator, at, until: at + handOverLimits.openMs },
          ...nothingYet,
        },
      },
    ],
  }),
  defineProjection({
    on: handOverEnded,
    into: handOvers,
    reads: ({ id }) => [id],
    project: ({ id, ...counts }, { at }, get) => {
      const row = get(id)
      return row ? [{ key: id, row: { ...row, ...counts, endedAt: at } }] : []
    },
  }),
]
