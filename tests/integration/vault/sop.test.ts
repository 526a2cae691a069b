import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type PrivateKey, readPrivateKey, revokeKey } from 'openpgp'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type SopCode, sopExitCodes } from '#main/cli/sop/failure.ts'
import { runSop } from '#main/cli/sop/index.ts'
import { libral } from '#tests/fakes/libral.ts'
import { privateFolder } from '#tests/fakes/private-folder.ts'
import { lacking } from '#tests/fakes/programs.ts'

const folder = privateFolder('sop')
const at = (name: string): string => join(folder.path, name)
const put = (name: string, content: Uint8Array | string): string => {
  writeFileSync(at(name), content)
  return at(name)
}
const text = (name: string): string => readFileSync(at(name), 'utf8')
afterAll(() => folder.remove())
afterEach(() => rmSync(at('out'), { force: true }))

/** One subcommand within this process; the input comes in pieces as a pipe gives them. */
async function sop(args: readonly string[], input: Uint8Array | string = '') {
  const bytes = Buffer.from(input as string)
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let from = 0; from < bytes.byteLength; from += 65_536) yield bytes.subarray(from, from + 65_536)
  }
  const sent: Buffer[] = []
  const send = async (part: Uint8Array): Promise<void> => void sent.push(Buffer.from(part))
  const code = await runSop(args, { input: pieces(), send })
  return { code, out: Buffer.concat(sent) }
}

const good = async (args: readonly string[], input?: Uint8Array | string): Promise<Buffer> => {
  const { code, out } = await sop(args, input)
  expect(code, args.join(' ')).toBe(0)
  return out
}

const document = randomBytes(700_001)
const words = '拝啓 \n- 請求書\r\nFrom 銀行\n'
const line = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ([0-9A-F]{40,64}) ([0-9A-F]{40,64}) mode:(binary|text) (\{.*\})\n$/

beforeAll(async () => {
  const make = async (name: string, args: readonly string[]): Promise<void> => {
    put(`${name}.key`, await good(['generate-key', ...args]))
    put(`${name}.cert`, await good(['extract-cert'], readFileSync(at(`${name}.key`))))
  }
  put('secret', 'correct horse\n')
  put('typed', 'correct horse')
  put('other', 'wrong horse')
  await make('six', ['Alice <alice@example.org>', 'アリス'])
  await make('four', ['--profile=rfc4880', 'Bob <bob@example.org>'])
  await make('signing', ['--signing-only', 'Signer'])
  await make('locked', [`--with-key-password=${at('secret')}`, 'Locked'])
  put('both.cert', Buffer.concat([readFileSync(at('six.cert')), readFileSync(at('four.cert'))]))
  const key = (await readPrivateKey({ armoredKey: text('six.key'), config: { v6Keys: true } })) as PrivateKey
  const { privateKey } = await revokeKey({ key, format: 'object', config: { v6Keys: true } })
  put('revoked.key', privateKey.armor())
  put('revoked.cert', privateKey.toPublic().armor())
})

describe('libral sop', () => {
  it('is a program over standard input and output', async () => {
    const signature = await libral(['sop', 'sign', at('six.key')], { input: document })
    expect(signature).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^-----BEGIN PGP SIGNATURE/) })
    put('signature', signature.out)
    const verified = await libral(['sop', 'verify', '@FD:3', '@ENV:CERT'], {
      input: document,
      descriptors: [signature.out],
      env: { ...process.env, CERT: text('six.cert') },
    })
    expect(verified.stdout).toMatch(line)
    const refused = await libral(['sop', 'verify', at('signature'), at('four.cert')], { input: document })
    expect(refused).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('NO_SIGNATURE') })
    expect((await libral(['sop', '--help'])).stdout).toContain('KEY_IS_PROTECTED')
  })

  it('says what it is', async () => {
    const version = (await good(['version'])).toString()
    expect(version).toMatch(/^libral \d+\.\d+\.\d+\n$/)
    expect((await good(['version', '--extended'])).toString().split('\n')[0]).toBe(version.trimEnd())
    expect((await good(['version', '--backend'])).toString()).toMatch(/^OpenPGP\.js \d+\.\d+\.\d+\n$/)
    expect((await good(['version', '--sop-spec'])).toString()).toMatch(/^~draft-dkg-openpgp-stateless-cli-\d\d\n$/)
    const profiles = (await good(['list-profiles', 'generate-key'])).toString()
    expect(profiles.split('\n').map((it) => it.split(':')[0])).toEqual(['rfc9580', 'rfc4880', ''])
  })

  it.each(['six', 'four'])('signs and verifies with a key of version %s', async (who) => {
    for (const [as, data] of [
      ['binary', document],
      ['text', words],
    ] as const) {
      const args = ['sign', `--as=${as}`, `--micalg-out=${at('out')}`, at(`${who}.key`)]
      put('signature', await good(args, data))
      expect(text('out')).toBe('pgp-sha512')
      rmSync(at('out'))
      const said = (await good(['verify', at('signature'), at('both.cert'), at(`${who}.cert`)], data)).toString()
      expect(said).toMatch(line)
      const [, , , mode, more = ''] = line.exec(said) ?? []
      expect([mode, JSON.parse(more)]).toEqual([as, { signers: [at('both.cert'), at(`${who}.cert`)] }])
    }
    put('signature', await good(['sign', '--no-armor', at('six.key'), at('four.key')], document))
    expect((await good(['verify', at('signature'), at('both.cert')], document)).toString().split('\n')).toHaveLength(3)
    const early = ['verify', '--not-after=2020-01-01T00:00:00Z', at('signature'), at('both.cert')]
    expect((await sop(early, document)).code).toBe(sopExitCodes.NO_SIGNATURE)
    const later = ['verify', '--not-before=2020-01-01T00:00:00Z', '--not-after=-', at('signature'), at('both.cert')]
    expect((await sop(later, document)).code).toBe(0)
  })

  it.each(['binary', 'text', 'clearsigned'])('signs inline as %s', async (as) => {
    const data = as === 'binary' ? document : Buffer.from(words)
    const plain = as === 'clearsigned' ? Buffer.from('拝啓\n- 請求書\nFrom 銀行') : data
    for (const who of ['six', 'four']) {
      const message = await good(['inline-sign', `--as=${as}`, at(`${who}.key`)], data)
      const verify = ['inline-verify', `--verifications-out=${at('out')}`, at('both.cert')]
      expect((await good(verify, message)).equals(plain)).toBe(true)
      expect(text('out')).toMatch(line)
      rmSync(at('out'))
      const detached = await good(['inline-detach', `--signatures-out=${at('out')}`], message)
      expect(detached.equals(plain)).toBe(true)
      expect((await good(['verify', at('out'), at(`${who}.cert`)], detached)).toString()).toMatch(line)
      rmSync(at('out'))
      const other = who === 'six' ? 'four' : 'six'
      const strange = await sop(['inline-verify', `--verifications-out=${at('out')}`, at(`${other}.cert`)], message)
      expect(strange).toEqual({ code: sopExitCodes.NO_SIGNATURE, out: Buffer.alloc(0) })
      expect(existsSync(at('out'))).toBe(false)
    }
  })

  it('encrypts to keys and passwords, and opens with keys, passwords and session keys', async () => {
    const args = [`--with-password=${at('secret')}`, `--sign-with=${at('four.key')}`, at('six.cert'), at('four.cert')]
    for (const profile of ['default', 'compatibility']) {
      const sessionKey = `--session-key-out=${at('session')}`
      const message = await good(['encrypt', `--profile=${profile}`, sessionKey, ...args], document)
      for (const opener of [[at('six.key')], [at('four.key')], [`--with-password=${at('typed')}`]]) {
        const verify = [`--verify-with=${at('both.cert')}`, `--verifications-out=${at('out')}`]
        const opened = await good(['decrypt', `--session-key-out=${at('again')}`, ...verify, ...opener], message)
        expect(opened.equals(document)).toBe(true)
        expect(text('out')).toMatch(line)
        expect(text('again')).toBe(text('session'))
        for (const it of ['out', 'again']) rmSync(at(it))
      }
      expect((await good(['decrypt', `--with-session-key=${at('session')}`], message)).equals(document)).toBe(true)
      rmSync(at('session'))
    }
    const locked = await good(['encrypt', '--as=text', '--no-armor', at('locked.cert')], words)
    const unlock = `--with-key-password=${at('typed')}`
    expect((await good(['decrypt', unlock, at('locked.key')], locked)).toString()).toBe(words)
    const unsigned = [`--verify-with=${at('six.cert')}`, `--verifications-out=${at('out')}`]
    await good(['decrypt', ...unsigned, unlock, at('locked.key')], locked)
    expect(text('out')).toBe('')
  })

  it('puts armor on and takes it off', async () => {
    const message = await good(['encrypt', at('six.cert')], 'x')
    const kinds = [
      [readFileSync(at('six.key')), 'PRIVATE KEY BLOCK'],
      [readFileSync(at('four.cert')), 'PUBLIC KEY BLOCK'],
      [await good(['sign', at('six.key')], 'x'), 'SIGNATURE'],
      [message, 'MESSAGE'],
    ] as const
    for (const [armored, kind] of kinds) {
      const binary = await good(['dearmor'], armored)
      expect(binary[0] ?? 0).toBeGreaterThan(127)
      expect(armored.toString()).toContain(`-----BEGIN PGP ${kind}-----`)
      expect((await good(['armor'], binary)).toString()).toBe(armored.toString())
      expect((await good(['armor'], armored)).equals(armored)).toBe(true)
      expect((await good(['dearmor'], binary)).equals(binary)).toBe(true)
    }
  })

  it('lets out nothing of a message that was altered or cut', async () => {
    for (const profile of ['rfc9580', 'rfc4880']) {
      const message = await good(
        ['encrypt', '--no-armor', `--profile=${profile}`, at('four.cert'), at('six.cert')],
        document,
      )
      const altered = Buffer.from(message)
      altered[altered.byteLength - 30] = (altered[altered.byteLength - 30] ?? 0) ^ 1
      for (const broken of [altered, message.subarray(0, -1), message.subarray(0, 400_000)]) {
        const outputs = [`--session-key-out=${at('out')}`]
        const { code, out } = await sop(['decrypt', ...outputs, at('six.key'), at('four.key')], broken)
        expect([sopExitCodes.CANNOT_DECRYPT, sopExitCodes.BAD_DATA]).toContain(code)
        expect(out.byteLength).toBe(0)
        expect(existsSync(at('out'))).toBe(false)
      }
    }
  })
})

describe('each failure has the code of the specification', () => {
  const invalidText = Uint8Array.of(0xff, 0xfe, 0x41)
  type Case = readonly [SopCode, () => readonly string[], (Uint8Array | string)?]
  const cases: readonly Case[] = [
    ['NO_SIGNATURE', () => ['verify', at('signature'), at('four.cert')], document],
    ['NO_SIGNATURE', () => ['verify', at('signature'), at('six.cert')], 'other data'],
    ['NO_SIGNATURE', () => ['verify', at('signature'), at('revoked.cert')], document],
    ['CERT_CANNOT_ENCRYPT', () => ['encrypt', at('signing.cert')], 'x'],
    ['CERT_CANNOT_ENCRYPT', () => ['encrypt', at('six.cert'), at('revoked.cert')], 'x'],
    ['MISSING_ARG', () => ['encrypt'], 'x'],
    ['MISSING_ARG', () => ['decrypt'], 'x'],
    ['MISSING_ARG', () => ['sign'], 'x'],
    ['MISSING_ARG', () => ['verify', at('signature')], 'x'],
    ['MISSING_ARG', () => ['inline-detach'], 'x'],
    ['MISSING_ARG', () => ['generate-key', '--profile=rfc4880']],
    ['INCOMPLETE_VERIFICATION', () => ['decrypt', `--verify-with=${at('six.cert')}`, at('six.key')], 'x'],
    ['INCOMPLETE_VERIFICATION', () => ['decrypt', `--verifications-out=${at('out')}`, at('six.key')], 'x'],
    ['CANNOT_DECRYPT', () => ['decrypt', at('four.key')], 'message'],
    ['CANNOT_DECRYPT', () => ['decrypt', `--with-password=${at('other')}`], 'symmetric'],
    ['CANNOT_DECRYPT', () => ['decrypt', `--with-session-key=${put('k', `9:${'00'.repeat(32)}`)}`], 'message'],
    ['PASSWORD_NOT_HUMAN_READABLE', () => ['encrypt', `--with-password=${put('p', invalidText)}`], 'x'],
    ['PASSWORD_NOT_HUMAN_READABLE', () => ['generate-key', `--with-key-password=${put('p', 'a\u0007b')}`, 'x']],
    ['UNSUPPORTED_OPTION', () => ['sign', '--as=mime', at('six.key')], 'x'],
    ['UNSUPPORTED_OPTION', () => ['sign', '--frob', at('six.key')], 'x'],
    ['BAD_DATA', () => ['sign', at('six.cert')], 'x'],
    ['BAD_DATA', () => ['encrypt', at('six.key')], 'x'],
    ['BAD_DATA', () => ['verify', at('six.cert'), at('six.cert')], 'x'],
    ['BAD_DATA', () => ['extract-cert'], 'junk'],
    ['BAD_DATA', () => ['decrypt', at('six.key')], 'junk'],
    ['BAD_DATA', () => ['decrypt', at('six.key')], 'signed'],
    ['BAD_DATA', () => ['decrypt', `--with-session-key=${put('k', 'nine:00')}`], 'message'],
    ['BAD_DATA', () => ['armor'], ''],
    ['BAD_DATA', () => ['dearmor'], 'hello'],
    ['BAD_DATA', () => ['inline-verify', at('six.cert')], 'junk'],
    ['BAD_DATA', () => ['inline-detach', `--signatures-out=${at('out')}`], 'message'],
    ['EXPECTED_TEXT', () => ['sign', '--as=text', at('six.key')], invalidText],
    ['EXPECTED_TEXT', () => ['encrypt', '--as=text', at('six.cert')], invalidText],
    ['EXPECTED_TEXT', () => ['inline-sign', '--as=text', at('six.key')], invalidText],
    ['EXPECTED_TEXT', () => ['inline-sign', '--as=clearsigned', at('six.key')], invalidText],
    ['OUTPUT_EXISTS', () => ['sign', `--micalg-out=${put('there', 'x')}`, at('six.key')], 'x'],
    ['OUTPUT_EXISTS', () => ['decrypt', `--session-key-out=${put('there', 'x')}`, at('six.key')], 'message'],
    ['MISSING_INPUT', () => ['sign', at('nowhere')], 'x'],
    ['MISSING_INPUT', () => ['sign', '@ENV:LIBRAL_NO_SUCH_VARIABLE'], 'x'],
    ['MISSING_INPUT', () => ['sign', '@FD:971'], 'x'],
    ['KEY_IS_PROTECTED', () => ['sign', at('locked.key')], 'x'],
    ['KEY_IS_PROTECTED', () => ['sign', `--with-key-password=${at('other')}`, at('locked.key')], 'x'],
    ['UNSUPPORTED_SUBCOMMAND', () => ['frobnicate']],
    ['UNSUPPORTED_SPECIAL_PREFIX', () => ['sign', '@HARDWARE:x'], 'x'],
    ['UNSUPPORTED_SPECIAL_PREFIX', () => ['sign', '--micalg-out=@ENV:X', at('six.key')], 'x'],
    ['KEY_CANNOT_SIGN', () => ['sign', at('revoked.key')], 'x'],
    ['INCOMPATIBLE_OPTIONS', () => ['inline-sign', '--no-armor', '--as=clearsigned', at('six.key')], 'x'],
    ['INCOMPATIBLE_OPTIONS', () => ['version', '--backend', '--extended']],
    ['UNSUPPORTED_PROFILE', () => ['generate-key', '--profile=nobody', 'x']],
    ['UNSUPPORTED_PROFILE', () => ['encrypt', '--profile=nobody', at('six.cert')], 'x'],
    ['UNSUPPORTED_PROFILE', () => ['list-profiles', 'sign']],
  ]
  const inputs = new Map<unknown, Buffer>()
  beforeAll(async () => {
    put('signature', await good(['sign', at('six.key')], document))
    inputs.set('message', await good(['encrypt', at('six.cert')], 'x'))
    inputs.set('symmetric', await good(['encrypt', `--with-password=${at('secret')}`], 'x'))
    inputs.set('signed', await good(['inline-sign', at('six.key')], 'x'))
    inputs.set('junk', Buffer.from('no OpenPGP at all '.repeat(20)))
  })

  it.each(cases.map(([code, args, input]) => ({ code, args, input })))(
    '$code: case %#',
    async ({ code, args, input }) => {
      const before = existsSync(at('there')) ? text('there') : null
      expect((await sop(args(), inputs.get(input) ?? input)).code).toBe(sopExitCodes[code])
      if (before !== null) expect(text('there')).toBe(before)
    },
  )

  it('AMBIGUOUS_INPUT: a file that is called like a designator', async () => {
    writeFileSync(at('@ENV:KEY'), 'x')
    const { code } = await libral(['sop', 'sign', '@ENV:KEY'], { cwd: folder.path, env: { ...process.env, KEY: 'x' } })
    expect(code).toBe(sopExitCodes.AMBIGUOUS_INPUT)
  })
})

const missing = lacking('sqop')[0] ?? null
describe.skipIf(missing !== null)(`libral sop beside sqop${missing ? ` (no ${missing})` : ''}`, () => {
  const sqop = (args: readonly string[], input: Uint8Array | string = ''): Buffer =>
    execFileSync('sqop', args, { input, stdio: ['pipe', 'pipe', 'pipe'] })
  beforeAll(() => {
    put('peer.key', sqop(['generate-key', 'Peer <peer@example.org>']))
    put('peer.cert', sqop(['extract-cert'], readFileSync(at('peer.key'))))
  })

  it('signatures hold both ways, detached and inline', async () => {
    for (const [as, data] of [
      ['binary', document],
      ['text', Buffer.from(words)],
    ] as const) {
      for (const key of ['four', 'peer']) {
        put('ours', await good(['sign', `--as=${as}`, at(`${key}.key`)], data))
        expect(sqop(['verify', at('ours'), at(`${key}.cert`)], data).toString()).toMatch(/Z [0-9A-F]{40} [0-9A-F]{40}/)
        put('theirs', sqop(['sign', '--as', as, at(`${key}.key`)], data))
        expect((await good(['verify', at('theirs'), at(`${key}.cert`)], data)).toString()).toContain(`mode:${as}`)
      }
      const inline = await good(['inline-sign', `--as=${as}`, at('four.key')], data)
      expect(sqop(['inline-verify', at('four.cert')], inline).equals(data)).toBe(true)
      const theirs = sqop(['inline-sign', '--as', as, at('peer.key')], data)
      expect((await good(['inline-verify', at('peer.cert')], theirs)).equals(data)).toBe(true)
    }
    const clear = await good(['inline-sign', '--as=clearsigned', at('four.key')], words)
    expect(sqop(['inline-verify', at('four.cert')], clear).toString()).toContain('- 請求書')
    const theirs = sqop(['inline-sign', '--as', 'clearsigned', at('peer.key')], words)
    expect((await good(['inline-verify', at('peer.cert')], theirs)).toString()).toContain('- 請求書')
  })

  it('messages are read both ways', async () => {
    const ours = await good(['encrypt', `--sign-with=${at('four.key')}`, at('peer.cert')], document)
    const verify = ['--verify-with', at('four.cert'), '--verifications-out', at('out')]
    expect(sqop(['decrypt', ...verify, at('peer.key')], ours).equals(document)).toBe(true)
    expect(text('out')).not.toBe('')
    rmSync(at('out'))
    const theirs = sqop(['encrypt', '--sign-with', at('peer.key'), at('four.cert')], document)
    const args = ['decrypt', `--verify-with=${at('peer.cert')}`, `--verifications-out=${at('out')}`, at('four.key')]
    expect((await good(args, theirs)).equals(document)).toBe(true)
    expect(text('out')).toMatch(line)
    const older = await good(['encrypt', '--profile=rfc4880', `--with-password=${at('secret')}`], document)
    expect(sqop(['decrypt', '--with-password', at('typed')], older).equals(document)).toBe(true)
    const symmetric = sqop(['encrypt', '--with-password', at('secret')], document)
    expect((await good(['decrypt', `--with-password=${at('secret')}`], symmetric)).equals(document)).toBe(true)
    expect(
      sqop(['dearmor'], readFileSync(at('four.cert'))).equals(await good(['dearmor'], readFileSync(at('four.cert')))),
    ).toBe(true)
  })
})
