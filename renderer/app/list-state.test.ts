import { expect, it } from 'vitest'
import { listState } from './list-state.ts'

const facts = { kept: 'ready', linked: true, fetched: true, failed: false, rows: 0 } as const

it('says that there is nothing only where everything was read', () => {
  expect(listState(facts)).toBe('ready')
  expect(listState({ ...facts, kept: 'loading' })).toBe('loading')
  expect(listState({ ...facts, kept: 'empty' })).toBe('loading')
  expect(listState({ ...facts, kept: 'empty', linked: false })).toBe('offline')
  expect(listState({ ...facts, fetched: false })).toBe('loading')
  expect(listState({ ...facts, failed: true })).toBe('failed')
  expect(listState({ ...facts, kept: 'denied', failed: true })).toBe('denied')
})

it('shows what is here, also of what is not whole', () => {
  expect(listState({ ...facts, kept: 'loading', rows: 1 })).toBe('partial')
  expect(listState({ ...facts, kept: 'empty', linked: false, rows: 1 })).toBe('ready')
})
