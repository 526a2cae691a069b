import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateKey, readKeys } from 'openpgp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CardPlace, cardPlaceLacks, openCardPlace } from '#tests/fakes/card/place.ts'
import { libral as run } from '#tests/fakes/libral.ts'
import { privateFolder } from '#tests/fakes/private-folder.ts'

const missing = cardPlaceLacks()
const libral = (args: readonly string[], env: NodeJS.ProcessEnv = process.env) => run(args, { env })

describe('libral card, token and wkd', () => {
  it('say how they are used', async () => {
    expect(await libral(['card', '--help'])).toMatchObject({ code: 0 })
    for (const wrong of [['card'], ['card', 'status', 'x'], ['token', 'list'], ['wkd', 'publish'], ['wkd', 'lookup']])
      expect((await libral(wrong)).code).toBe(64)
  })

  it('publish certificates without private parts, for the domain alone', async () => {
    const folder = privateFolder('cli')
    const userIDs = [{ email: 'Joe.Doe@example.org' }, { email: 'joe@example.net' }]
    const { privateKey } = await generateKey({ userIDs, format: 'object' })
    const file = join(folder.path, 'key.asc')
    writeFileSync(file, privateKey.armor())
    const args = ['wkd', 'publish', file, '--domain', 'example.org', '--to', folder.path, '--json']
    const { code, stdout } = await libral(args)
    expect(code).toBe(0)
    const { files } = JSON.parse(stdout) as { files: string[] }
    const entry = files.find((it) => it.endsWith('/iy9q119eutrkn8s1mk4r39qejnbu3n5q')) ?? ''
    const [published] = await readKeys({ binaryKeys: new Uint8Array(readFileSync(entry)) })
    expect(published?.isPrivate()).toBe(false)
    expect(published?.getUserIDs()).toEqual(['<Joe.Doe@example.org>'])
    const unreadable = ['wkd', 'publish', '/etc/hostname', '--domain', 'example.org', '--to', folder.path]
    expect((await libral(unreadable)).code).toBe(65)
    folder.remove()
  })

  it('refuse what is no address and what is no module', async () => {
    expect(await libral(['wkd', 'lookup', 'nobody', '--json'])).toMatchObject({
      code: 64,
      stdout: '{"ok":false,"code":"wkd.address-invalid","params":{}}\n',
    })
    expect((await libral(['card', 'status'], { PATH: '' })).code).toBe(69)
  })
})

describe.skipIf(missing !== null)(`libral card status${missing ? ` (no ${missing})` : ''}`, () => {
  let place: CardPlace
  beforeAll(async () => {
    place = await openCardPlace('00000011')
  })
  afterAll(() => place.stop())

  it('tells the card in both forms', async () => {
    const words = await libral(['card', 'status'], place.gnupg.env)
    expect(words).toMatchObject({ code: 0, stderr: '' })
    expect(words.stdout).toContain('カード 00000011')
    expect(words.stdout).toContain('利用者 3  リセットコード 0  管理者 3')
    const { stdout } = await libral(['card', 'status', '--json'], place.gnupg.env)
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, card: { number: '00000011', version: '3.4' } })
  })

  it('says that there is none', async () => {
    await place.reader.remove()
    const status = () => libral(['card', 'status', '--json'], place.gnupg.env)
    await expect.poll(async () => (await status()).code).toBe(69)
    expect(JSON.parse((await status()).stdout)).toMatchObject({ ok: false, code: 'hardware.no-card' })
  })
})
