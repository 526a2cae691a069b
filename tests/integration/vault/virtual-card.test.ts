import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CardPlace, cardPlaceLacks, openCardPlace } from '#tests/fakes/card/place.ts'

const missing = cardPlaceLacks()

describe.skipIf(missing !== null)(`the virtual card under real GnuPG${missing ? ` (no ${missing})` : ''}`, () => {
  let places: readonly CardPlace[]
  beforeAll(async () => {
    places = await Promise.all(['00000042', '00000043'].map(openCardPlace))
  })
  afterAll(() => Promise.all(places.map((it) => it.stop())))

  it('is shown by gpg --card-status, two places side by side each with its own', async () => {
    const shown = await Promise.all(places.map((it) => it.gnupg.gpg(['--card-status', '--with-colons'])))
    const texts = shown.map((it) => it.stdout.toString())
    expect(texts[0]).toContain('serial:00000042:')
    expect(texts[1]).toContain('serial:00000043:')
    for (const text of texts) expect(text).toContain('pinretry:3:0:3:')
  })
})
