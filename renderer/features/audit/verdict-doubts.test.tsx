import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type BundleVerdict, manifestSchema } from '#protocol/bundle.ts'
import { stubResizeObserver } from '#tests/fakes/resize-observer.ts'
import { startI18n } from '../../i18n/i18n.ts'
import { Breaks, Doubts } from './verdict-doubts.tsx'

beforeEach(() => {
  stubResizeObserver()
  return startI18n()
})
afterEach(cleanup)

const origin = 'libral:019a0000-0000-7000-8000-000000000001'
const verdict: Pick<BundleVerdict, 'doubts' | 'breaks' | 'manifest'> = {
  manifest: manifestSchema.parse({
    ...{ v: 1, kind: 'bundle', origin, from: 10, to: 50, frontier: [], checkpoints: 1 },
    ...{ context: 0, evidence: 0, entryBytes: 0, witnesses: [], at: 0, by: null },
  }),
  doubts: [{ fingerprint: 'ab'.repeat(20), operator: 'tanaka', revoked: 42, entries: 3, first: 12, last: 30 }],
  breaks: [{ index: 4, previous: 'libral:before', origin, operator: 'sato', reason: 'ディスクの故障' }],
}

it('says which entries rest on a compromised certificate, and opens its revocation', () => {
  render(<Doubts verdict={verdict} />)
  const table = screen.getByRole('table', { name: /^要確認/ })
  expect(table.textContent).toContain('tanaka')
  expect(table.textContent).toContain('12〜30番のうち3件')
  expect(screen.getByRole('button', { name: '42番の記録を開く' })).toBeTruthy()
})

it('says who restored a backup and why, and opens nothing that stands before the range', () => {
  render(<Breaks verdict={verdict} />)
  const table = screen.getByRole('table', { name: /^説明のある断絶/ })
  for (const text of ['sato', 'ディスクの故障', 'libral:before → libral:']) expect(table.textContent).toContain(text)
  expect(screen.queryByRole('button')).toBeNull()
})

it('says nothing where there is neither', () => {
  const { container } = render(
    <>
      <Doubts verdict={{ ...verdict, doubts: [] }} />
      <Breaks verdict={{ ...verdict, breaks: [] }} />
    </>,
  )
  expect(container.textContent).toBe('')
})
