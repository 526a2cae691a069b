import type { InvoiceRow } from '#protocol/payments-invoices.ts'

/** What no file system takes in a name, and what would make it another file's. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const forbidden = /[\\/:*?"<>|\u0000-\u001f\u007f]/g
/** Of a name's 255 bytes: the rest of it, a draft's ending and a demo's mark need theirs. */
const longestBytes = 180

/**
 * `20261121_株式会社国税商事_1100_RCP-2026-000001.pdf`: day, counterparty and sum, as 電子帳簿保存法 is kept by who keeps
 * files in folders; and the number, since a name must be of one document alone.
 */
export const documentFileName = ({
  day,
  counterparty,
  amount,
  number,
  revision,
}: Pick<InvoiceRow, 'day' | 'counterparty' | 'amount' | 'number' | 'revision'>): string => {
  const whom = beginningOf(counterparty.normalize('NFC').replace(forbidden, '')).trim()
  const again = revision === 0 ? '' : `-R${revision}`
  return `${day}_${whom}_${amount}_${number}${again}.pdf`
}

const beginningOf = (text: string): string => {
  let beginning = ''
  for (const one of text) {
    if (Buffer.byteLength(beginning + one) > longestBytes) break
    beginning += one
  }
  return beginning
}
