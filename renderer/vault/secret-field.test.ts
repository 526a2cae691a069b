import { expect, test } from 'vitest'
import { edited } from './secret-field.ts'

const typed = (text: string) => [...text]

test.each([
  ['a letter at the end', 'ab', [2, 2], 'insertText', 'c', 'abc', 3],
  ['a letter in the middle', 'ac', [1, 1], 'insertText', 'b', 'abc', 2],
  ['over what is selected', 'axxd', [1, 3], 'insertFromPaste', 'bc', 'abcd', 3],
  ['one that takes two units', 'a', [1, 1], 'insertText', '🗝', 'a🗝', 2],
  ['the one before the caret', 'abc', [2, 2], 'deleteContentBackward', '', 'ac', 1],
  ['nothing before the first', 'abc', [0, 0], 'deleteContentBackward', '', 'abc', 0],
  ['the one after the caret', 'abc', [1, 1], 'deleteContentForward', '', 'ac', 1],
  ['what is selected', 'abcd', [1, 3], 'deleteByCut', '', 'ad', 1],
  ['all before, for a word', 'abcd', [3, 3], 'deleteWordBackward', '', 'd', 0],
  ['all after, for a line', 'abcd', [1, 1], 'deleteSoftLineForward', '', 'a', 1],
] as const)('edits %s', (_, before, selection, kind, text, after, caret) => {
  expect(edited(typed(before), selection, kind, text)).toEqual({ characters: typed(after), caret })
})
