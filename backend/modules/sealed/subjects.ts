import { eraseSubject, subjectErased, subjectSealed, subjects } from '#protocol/sealed.ts'
import { accept, defineHandler, defineProjection, happened, ref, refuse } from '../../kernel/module.ts'

const erase = defineHandler({
  command: eraseSubject,
  reads: ({ subject }) => [ref(subjects, subject)],
  decide: ({ subject, reason }, { at }, state) => {
    const row = state.get(subjects, subject)
    if (!row) return refuse('sealed.subject-unknown', { subject })
    if (row.since === null) return refuse('sealed.erased', { subject })
    if (row.keepUntil > at) return refuse('sealed.term-running', { subject, until: row.keepUntil })
    return accept(happened(subjectErased, { class: row.class, subject, reason }))
  },
})

export const subjectHandlers = [erase]

export const subjectProjections = [
  defineProjection({
    on: subjectSealed,
    into: subjects,
    reads: ({ subject }) => [subject],
    project: ({ class: sealClass, subject, keepUntil }, { at }, get) => {
      const row = get(subject)
      return [
        {
          key: subject,
          row: {
            ...{ subject, class: sealClass },
            since: row?.since ?? at,
            sealings: (row?.sealings ?? 0) + 1,
            keepUntil: Math.max(keepUntil, row?.keepUntil ?? 0),
            erasedAt: row?.erasedAt ?? null,
          },
        },
      ]
    },
  }),
  defineProjection({
    on: subjectErased,
    into: subjects,
    reads: ({ subject }) => [subject],
    project: ({ subject }, { at }, get) => {
      const row = get(subject)
      return row ? [{ key: subject, row: { ...row, since: null, sealings: 0, erasedAt: at } }] : []
    },
  }),
]
