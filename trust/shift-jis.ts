/**
 * Shift_JIS as Windows has it (code page 932), which accounting programs read. Node decodes it and does not encode it, so
 * the table is its decoder turned round.
 */

/** Stands for a character that has no place; printers of Japan put it where they lack a type. */
export const geta = '〓'

/** The same sign under another number of Unicode: what macOS and older texts use. */
const alike: Readonly<Record<string, string>> = {
  '〜': '～',
  '−': '－',
  '—': '―',
  '‖': '∥',
  '¥': '￥',
  '¢': '￠',
  '£': '￡',
  '¬': '￢',
}

let table: ReadonlyMap<string, Uint8Array> | undefined
const made = (): ReadonlyMap<string, Uint8Array> => {
  const decoder = new TextDecoder('shift_jis')
  const found = new Map<string, Uint8Array>()
  const add = (...bytes: readonly number[]): void => {
    const text = decoder.decode(Uint8Array.from(bytes))
    if ([...text].length === 1 && text !== '\ufffd' && !found.has(text)) found.set(text, Uint8Array.from(bytes))
  }
  for (let byte = 0; byte < 0x80; byte++) add(byte)
  for (let byte = 0xa1; byte < 0xe0; byte++) add(byte)
  for (let lead = 0x81; lead < 0xfd; lead++) {
    // IBM's characters once more where NEC had put them: Windows writes them at their later place alone.
    if (lead === 0xed || lead === 0xee) continue
    for (let trail = 0x40; trail < 0xfd; trail++) add(lead, trail)
  }
  return found
}

/** @returns the text's bytes, and how many characters {@link geta} stands for */
export const toShiftJis = (text: string): { readonly bytes: Uint8Array; readonly replaced: number } => {
  table ??= made()
  const bytes: number[] = []
  let replaced = 0
  for (const character of text) {
    const own = table.get(character) ?? table.get(alike[character] ?? '')
    if (own === undefined) replaced += 1
    for (const byte of own ?? table.get(geta) ?? []) bytes.push(byte)
  }
  return { bytes: Uint8Array.from(bytes), replaced }
}
