import { subjectErased } from '#protocol/sealed.ts'
import type { SealedField } from '#protocol/sealed-value.ts'
import { contactFields, contactSet, contactSubject, contacts, operators, setContact } from '#protocol/session.ts'
import { accept, defineProjection, defineSealingHandler, happened, ref, refuse } from '../../kernel/module.ts'

const set = defineSealingHandler({
  command: setContact,
  sealed: contactFields,
  reads: ({ operator }) => [ref(operators, operator)],
  decide: ({ operator, name, phone, email }, _meta, state) => {
    if (!state.get(operators, operator)) return refuse('session.operator-unknown', { operator })
    return accept(happened(contactSet, { operator, name, phone, email }))
  },
})

export const contactHandlers = [set]

const subjectPrefix = contactSubject('x').slice(0, -1)

export const contactProjections = [
  defineProjection({
    on: contactSet,
    into: contacts,
    reads: () => [],
    project: (data, { at }) => [{ key: data.operator, row: { ...data, changedAt: at } }],
  }),
  defineProjection({
    on: subjectErased,
    into: contacts,
    reads: ({ subject }) => (subject.startsWith(subjectPrefix) ? [subject.slice(subjectPrefix.length)] : []),
    project: ({ subject }, { at }, get) => {
      if (!subject.startsWith(subjectPrefix)) return []
      const row = get(subject.slice(subjectPrefix.length))
      if (!row) return []
      const erased = (field: SealedField): SealedField => (field === null ? null : { erased: at })
      const { name, phone, email } = row
      return [
        {
          key: row.operator,
          row: { ...row, name: erased(name), phone: erased(phone), email: erased(email), changedAt: at },
        },
      ]
    },
  }),
]
