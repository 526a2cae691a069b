import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cardStatus, parseObjects } from './card-data.ts'

const empty = Buffer.alloc(0)

describe('what a card tells', () => {
  it('is read object by object, nested ones too', () => {
    const objects = parseObjects(Buffer.from('6e08c4020102df510181', 'hex'))
    expect(objects.get(0xc4)).toEqual(Buffer.of(1, 2))
    expect(parseObjects(Buffer.from(`5f528180${'00'.repeat(128)}`, 'hex')).get(0x5f52)?.length).toBe(128)
  })

  it('is unreadable rather than anything else when it is broken', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          cardStatus(Buffer.from(bytes), empty, empty, empty)
        } catch (failure) {
          expect((failure as { code?: string }).code).toBe('hardware.card-unreadable')
        }
      }),
    )
  })
})
