import {
  bookFiles,
  bookNames,
  bookNamesSet,
  booksWritten,
  rateKey,
  rateRecorded,
  rates,
  recordBooks,
  recordRate,
  setBookNames,
} from '#protocol/payments-books.ts'
import { dayNumber } from '#protocol/payments-day.ts'
import { accept, defineHandler, defineProjection, happened, ref, refuse } from '../../kernel/module.ts'

/** 仕訳・書き出し: what is decided about it, and what is kept of it. The files are written by desktops. */

const setNames = defineHandler({
  command: setBookNames,
  reads: ({ program }) => [ref(bookNames, program)],
  decide: ({ seen, ...params }, _meta, state) =>
    (state.get(bookNames, params.program)?.changedAt ?? 0) === seen
      ? accept(happened(bookNamesSet, params))
      : refuse('payments.settings-changed'),
})

const rate = defineHandler({
  command: recordRate,
  reads: () => [],
  decide: ({ day, ...params }) => accept(happened(rateRecorded, { ...params, day: dayNumber(day) })),
})

const written = defineHandler({
  command: recordBooks,
  reads: () => [],
  decide: (params) => accept(happened(booksWritten, params)),
})

export const bookHandlers = [setNames, rate, written]

export const bookProjections = [
  defineProjection({
    on: bookNamesSet,
    into: bookNames,
    reads: () => [],
    project: ({ program, names }, { at, operator }) => [
      { key: program, row: { program, names, changedAt: at, changedBy: operator } },
    ],
  }),
  defineProjection({
    on: rateRecorded,
    into: rates,
    reads: () => [],
    project: (data, { at, operator }) => {
      const key = rateKey(data.currency, data.day)
      return [{ key, row: { key, ...data, at, by: operator } }]
    },
  }),
  defineProjection({
    on: booksWritten,
    into: bookFiles,
    reads: () => [],
    project: (data, { id, at, operator }) => [{ key: id, row: { key: id, ...data, at, by: operator } }],
  }),
]
