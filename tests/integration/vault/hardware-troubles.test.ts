import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Hardware } from '#protocol/hardware.ts'
import { type CardPlace, cardPlaceLacks, openCardPlace } from '#tests/fakes/card/place.ts'
import { openGnupgHome } from '#tests/fakes/gnupg-home.ts'
import { openSoftHsm, softHsmLacks, softHsmPins } from '#tests/fakes/soft-hsm.ts'
import { type OpenedVault, openVault, untilHardware } from '#tests/fixtures/vault/vault.ts'

const code = (work: Promise<unknown>) => work.then(String, (failure: { code: string }) => failure.code)

describe.skipIf(cardPlaceLacks() !== null)('what is wrong with a card', () => {
  let place: CardPlace
  let pcsc: Record<string, string>
  beforeAll(async () => {
    place = await openCardPlace('00000041')
    pcsc = { PCSCLITE_CSOCK_NAME: place.gnupg.env['PCSCLITE_CSOCK_NAME'] ?? '' }
  })
  afterAll(() => place.stop())

  /** A vault at a GnuPG of its own. */
  const at = async (env: Record<string, string>, work: (opened: OpenedVault, home: string) => Promise<void>) => {
    const gnupg = await openGnupgHome(env)
    const opened = await openVault(() => null, { agent: { home: gnupg.path, launch: false }, env })
    try {
      await work(opened, gnupg.path)
    } finally {
      await opened.stop()
      await gnupg.stop()
    }
  }

  it('another program holds it: said, with its reader, and seen once that program is done', async () => {
    await place.seen()
    await at(pcsc, async (opened) => {
      const failed = await untilHardware(
        opened,
        ({ reader, readers }) => reader.state === 'failed' && { reader, readers },
      )
      expect(failed.reader.failure.code).toBe('hardware.card-busy')
      expect(failed.readers[0]).toMatchObject({ name: expect.stringContaining('Virtual PCD'), card: true })
      expect(await code(opened.client.hardware.changePin({ card: '00000041', which: 'pin' }))).toBe(
        'hardware.card-busy',
      )
      await place.gnupg.agent('scd killscd')
      const card = await untilHardware(opened, ({ reader }) => reader.state === 'present' && reader.card)
      expect(card.number).toBe('00000041')
    })
  })

  it('no card, no pcscd, no scdaemon and no gpg-agent are told apart', async () => {
    await place.reader.remove()
    await at(pcsc, async (opened) => {
      // scdaemon may know before pcscd has looked at its readers again.
      const empty = ({ readers }: Hardware): boolean => readers.length === 2 && readers.every(({ card }) => !card)
      const why = await untilHardware(opened, (now) => now.reader.state === 'absent' && empty(now) && now.reader.why)
      expect(why).toBe('no-card')
    })
    await at({ PCSCLITE_CSOCK_NAME: '/nonexistent' }, async (opened, home) => {
      expect(await untilHardware(opened, ({ reader }) => reader.state === 'absent' && reader.why)).toBe('no-pcscd')
      const env = { ...process.env, GNUPGHOME: home }
      execFileSync('gpg-connect-agent', ['scd killscd', '/bye'], { env })
      writeFileSync(join(home, 'gpg-agent.conf'), 'allow-loopback-pinentry\nscdaemon-program /nonexistent\n')
      execFileSync('gpg-connect-agent', ['reloadagent', '/bye'], { env })
      const failure = await untilHardware(opened, ({ reader }) => reader.state === 'failed' && reader.failure)
      expect(failure.code).toBe('hardware.no-scdaemon')
      execFileSync('gpg-connect-agent', ['killagent', '/bye'], { env })
      const gone = ({ reader }: Hardware) => reader.state === 'failed' && reader.failure.code === 'hardware.no-daemon'
      await untilHardware(opened, gone)
    })
    await place.reader.insert(place.card)
  })
})

describe.skipIf(softHsmLacks() !== null)('what is wrong with an HSM', () => {
  const person = { name: 'HSM', email: '', days: null, companion: false }

  it('a token that was initialised anew is another one, and a library that ends or hangs is started again', async () => {
    const hsm = await openSoftHsm()
    process.env['SOFTHSM2_CONF'] = hsm.env['SOFTHSM2_CONF']
    const opened = await openVault(() => softHsmPins.user, { agent: { home: '/nonexistent', launch: false } })
    try {
      const { id: module } = await opened.client.hardware.addModule({ file: hsm.module })
      const find = () => untilHardware(opened, ({ modules }) => modules[0]?.tokens.find((it) => it.label === hsm.label))
      const { serial, label } = await find()
      const made = await opened.client.hardware.makeOnToken({
        ...person,
        module,
        token: { serial, label },
        sign: 'ed25519',
        encrypt: 'rsa2048',
      })
      const name = (to: string) => opened.client.addUserId({ id: made.id, name: to, email: `${to}@example.org` })
      opened.person.asked.length = 0
      process.kill(childOf(process.pid), 'SIGKILL')
      // Whether its end has been noticed by then or not.
      if ((await code(name('a'))) === 'hardware.module-crashed') await name('a')
      expect(opened.person.asked.map(({ title }) => title)).toEqual(['HSMのPINの入力'])
      execFileSync('softhsm2-util', ['--delete-token', '--serial', serial], { env: hsm.env })
      const pins = ['--pin', softHsmPins.user, '--so-pin', softHsmPins.admin]
      execFileSync('softhsm2-util', ['--init-token', '--free', '--label', label, ...pins], { env: hsm.env })
      // The library has read its tokens when it was loaded.
      process.kill(childOf(process.pid), 'SIGKILL')
      await opened.client.hardware.refresh({})
      await opened.client.hardware.refresh({})
      expect(await code(name('c'))).toBe('hardware.token-changed')
    } finally {
      await opened.stop()
      delete process.env['SOFTHSM2_CONF']
      hsm.remove()
    }
  })
})

it.skipIf(softHsmLacks() !== null || process.platform !== 'linux')(
  'a library that hangs ends with the process that started it',
  async () => {
    const hsm = await openSoftHsm()
    const holder = join(import.meta.dirname, '../../../main/vault/hardware/pkcs11-process.ts')
    const script = `const child = require('node:child_process').spawn(process.execPath, [${JSON.stringify(holder)}, ${JSON.stringify(hsm.module)}], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'], env: process.env })
      const frame = Buffer.from('{"op":"tokens"}'); const head = Buffer.alloc(8); head.writeUInt32BE(frame.length)
      child.stdio[3].once('data', () => console.log(child.pid)); child.stdio[3].write(Buffer.concat([head, frame]))`
    const parent = spawn(process.execPath, ['-e', script], { env: hsm.env, stdio: ['ignore', 'pipe', 'ignore'] })
    const [pid] = (await once(parent.stdout, 'data')) as [Buffer]
    // Stopped, it can neither read nor notice that the other end is gone.
    process.kill(Number(pid), 'SIGSTOP')
    parent.kill('SIGKILL')
    await expect.poll(() => existsSync(`/proc/${Number(pid)}/exe`)).toBe(false)
    hsm.remove()
  },
)

/** The process that holds the library. */
function childOf(parent: number): number {
  const listed = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', `${parent}`]).toString()
  const line = listed.split('\n').find((it) => it.includes('pkcs11-process'))
  return Number(line?.trim().split(' ')[0])
}
