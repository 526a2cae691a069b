import { describe, expect, it } from 'vitest'
import { parseAddress, sameAddress, wkdUrls, zBase32 } from './address.ts'

describe('an address', () => {
  it('is hashed as in the draft, whatever its case', () => {
    const address = parseAddress('Joe.Doe@Example.ORG')
    expect(address).toEqual({
      local: 'Joe.Doe',
      domain: 'example.org',
      hash: 'iy9q119eutrkn8s1mk4r39qejnbu3n5q',
    })
    expect(sameAddress(address, parseAddress('joe.doe@example.org'))).toBe(true)
  })

  it('has its domain in ASCII, and keeps other letters as they are', () => {
    expect(parseAddress('鍵@日本語.JP').domain).toBe('xn--wgv71a119e.jp')
    expect(parseAddress('Ä@example.org').hash).not.toBe(parseAddress('ä@example.org').hash)
  })

  it.each([
    '',
    'a',
    '@b.c',
    'a@b',
    'a@b@c.d',
    'a b@c.d',
    'a@c.d/x',
    'a@[127.0.0.1]',
    'a@127.0.0.1',
    'a@c.d:8',
    'a@.d',
    'a\n@c.d',
    `${'a'.repeat(255)}@c.d`,
  ])('refuses %j', (text) => {
    expect(() => parseAddress(text)).toThrow('wkd.address-invalid')
  })

  it('is asked for at the host of its own, then at the domain', () => {
    const { advanced, direct } = wkdUrls(parseAddress('Joe.Doe+x@Example.ORG'))
    const hash = parseAddress('joe.doe+x@example.org').hash
    expect(advanced.href).toBe(
      `https://openpgpkey.example.org/.well-known/openpgpkey/example.org/hu/${hash}?l=Joe.Doe%2Bx`,
    )
    expect(direct.href).toBe(`https://example.org/.well-known/openpgpkey/hu/${hash}?l=Joe.Doe%2Bx`)
  })

  it('has z-base-32 as RFC 6189 has it', () => {
    expect(zBase32(Uint8Array.of(0xf0, 0xbf, 0xc7))).toBe('6n9hq')
    expect(zBase32(Uint8Array.of(0x20))).toBe('ry')
  })
})
