import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineEditor } from './line-editor.ts'

const typed = (bytes: Uint8Array | string): { readonly end: string; readonly line: string } => {
  const editor = new LineEditor()
  let end = 'more'
  for (const byte of Buffer.from(bytes as string)) {
    end = editor.feed(byte)
    if (end !== 'more') break
  }
  return { end, line: Buffer.from(editor.take()).toString() }
}

test.each([
  ['秘密\r', 'done', '秘密'],
  ['秘密\x7f\n', 'done', '秘'],
  ['a\x08\x08\x08b\r', 'done', 'b'],
  ['abc\x15def\r', 'done', 'def'],
  ['ab\x1b[Ac\x1bOPd\x1b[3~\r', 'done', 'abcd'],
  ['ab\x03cd', 'cancel', 'ab'],
  ['\x04', 'cancel', ''],
  ['a\x04b\r', 'done', 'ab'],
  ['a\x07\x00b\r', 'done', 'ab'],
])('%j', (bytes, end, line) => {
  expect(typed(bytes)).toEqual({ end, line })
})

test('any text without control characters comes back as it was typed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is left out
      const plain = text.replace(/[\u0000-\u001f\u007f]/g, '')
      expect(typed(`${plain}\r`)).toEqual({ end: 'done', line: plain })
    }),
  )
})
