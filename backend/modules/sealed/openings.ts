import {
  beginRewrap,
  classes,
  endRewrap,
  openings,
  openSealed,
  rewrapBegun,
  rewrapEnded,
  rewraps,
  subjectOpened,
  subjects,
} from '#protocol/sealed.ts'
import { paperCustodian } from '#protocol/sealed-value.ts'
import { accept, defineHandler, defineProjection, happened, ref, refuse } from '../../kernel/module.ts'

const open = defineHandler({
  command: openSealed,
  reads: ({ class: sealClass, subject }) => [ref(classes, sealClass), ref(subjects, subject)],
  decide: (params, { operator }, state) => {
    const custodians = state.get(classes, params.class)?.custodians ?? []
    if (!custodians.some(({ custodian }) => custodian === operator))
      return refuse('sealed.not-custodian', { class: params.class })
    const subject = state.get(subjects, params.subject)
    if (!subject || subject.class !== params.class) return refuse('sealed.subject-unknown', { subject: params.subject })
    if (subject.since === null) return refuse('sealed.erased', { subject: params.subject })
    return accept(happened(subjectOpened, params))
  },
})

const begin = defineHandler({
  command: beginRewrap,
  reads: ({ class: sealClass }) => [ref(classes, sealClass)],
  decide: (params, { operator }, state) => {
    const custodians = state.get(classes, params.class)?.custodians ?? []
    const found = custodians.find(({ custodian }) => custodian === params.custodian)
    if (found?.fingerprint !== params.fingerprint)
      return refuse('sealed.custodian-unknown', { custodian: params.custodian })
    const from = params.using === 'paper' ? paperCustodian : operator
    // Who has the paper can open everything with it, yet hands the keys to custodians of the class alone.
    const may = custodians.some(({ custodian }) => custodian === operator)
    if (!may || !custodians.some(({ custodian }) => custodian === from))
      return refuse('sealed.not-custodian', { class: params.class })
    return accept(happened(rewrapBegun, params))
  },
})

const end = defineHandler({
  command: endRewrap,
  reads: ({ id }) => [ref(rewraps, id)],
  decide: (params, { operator }, state) => {
    const row = state.get(rewraps, params.id)
    if (!row || row.by !== operator) return refuse('sealed.not-recorded')
    if (row.endedAt !== null) return refuse('sealed.rewrap-ended')
    return accept(happened(rewrapEnded, params))
  },
})

export const openingHandlers = [open, begin, end]

export const openingProjections = [
  defineProjection({
    on: subjectOpened,
    into: openings,
    reads: () => [],
    project: (data, { id, operator, at }) => [{ key: id, row: { ...data, id, operator, at } }],
  }),
  defineProjection({
    on: rewrapBegun,
    into: rewraps,
    reads: () => [],
    project: (data, { id, operator, at }) => [
      { key: id, row: { ...data, id, by: operator, startedAt: at, endedAt: null, outcome: null, keys: 0 } },
    ],
  }),
  defineProjection({
    on: rewrapEnded,
    into: rewraps,
    reads: ({ id }) => [id],
    project: ({ id, outcome, keys }, { at }, get) => {
      const row = get(id)
      return row ? [{ key: id, row: { ...row, outcome, keys, endedAt: at } }] : []
    },
  }),
]
