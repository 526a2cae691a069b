import { expect, test } from 'vitest'
import { lockUnderPassphrase, openUnderPassphrase } from './password-message.ts'

const typed = (text: string): Uint8Array => new TextEncoder().encode(text)

test('a guess at the passphrase costs three passes over 64 MiB, and the right one opens', async () => {
  const locked = await lockUnderPassphrase(typed('secret'), typed('しおりと羅針盤'))
  // RFC 9580, 5.3.2 and 3.7.1.4: tag, length, version, length of the next five, cipher, mode, length, type, salt, t, p, m.
  const [, , version, , cipher, mode, , type, ...rest] = locked
  expect({ version, cipher, mode, type }).toEqual({ version: 6, cipher: 9, mode: 2, type: 4 })
  expect(rest.slice(16, 19)).toEqual([3, 4, 16])
  expect(await openUnderPassphrase(locked, typed('しおりと羅針盤'))).toEqual(Buffer.from('secret'))
  expect(await openUnderPassphrase(locked, typed('another one'))).toBeNull()
})
