import { expect, it } from 'vitest'
import type { DocumentNumber } from '#protocol/payments-invoices.ts'
import { documentFileName } from './document-name.ts'

const row = {
  ...{ day: 20261121, counterparty: '(株)国税商事', amount: 110_000, revision: 0 },
  number: 'RCP-2026-000001' as DocumentNumber,
}

it('names a file by day, counterparty, sum and number', () => {
  expect(documentFileName(row)).toBe('20261121_(株)国税商事_110000_RCP-2026-000001.pdf')
  expect(documentFileName({ ...row, revision: 2 })).toBe('20261121_(株)国税商事_110000_RCP-2026-000001-R2.pdf')
})
it('leaves out what leads elsewhere, and fits', () => {
  expect(documentFileName({ ...row, counterparty: '../山田/商店:*?' })).toContain('_..山田商店_')
  expect(
    Buffer.byteLength(documentFileName({ ...row, counterparty: '𠮷'.repeat(100), revision: 99 })),
    // Beside a draft's `.xxxxxxxx.part` and a demo's `デモ_`.
  ).toBeLessThanOrEqual(255 - 14 - 7)
})
