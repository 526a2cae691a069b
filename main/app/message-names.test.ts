import fc from 'fast-check'
import { expect, test } from 'vitest'
import { documentName, encryptedName, freeName, signedName } from './message-names.ts'

test('a name says what was made of the file, and leads back to it', () => {
  expect(encryptedName('報告.pdf', false)).toBe('報告.pdf.pgp')
  expect(signedName('報告.pdf', 'detached', false)).toBe('報告.pdf.sig')
  expect(signedName('報告.txt', 'cleartext', false)).toBe('報告.txt.asc')
  const names = fc.string({ minLength: 1 }).filter((it) => documentName(it) === `${it}.out`)
  fc.assert(
    fc.property(names, fc.boolean(), fc.constantFrom('detached', 'inline', 'cleartext'), (name, armored, form) => {
      expect(documentName(encryptedName(name, armored))).toBe(name)
      expect(documentName(signedName(name, form, armored))).toBe(name)
    }),
  )
  expect(documentName('.pgp')).toBe('.pgp.out')
})

test('a taken name gets a number before its ending', () => {
  const taken = new Set(['a.txt', 'a (2).txt', 'b', '.env'])
  const free = (name: string) => freeName(name, (it) => taken.has(it))
  expect([free('a.txt'), free('b'), free('.env'), free('c.txt')]).toEqual(['a (3).txt', 'b (2)', '.env (2)', 'c.txt'])
})
