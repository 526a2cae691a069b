import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startBackend } from '#backend/host.ts'
import { writeBundleTo } from '#main/audit/bundle/write.ts'
import { runArea } from '#main/cli/area.ts'
import { auditArea } from '#main/cli/audit/index.ts'
import { beginDraft } from '#main/exports/draft-file.ts'
import { bundleLog } from '#main/link/bundle-log.ts'
import { readsSummed } from '#protocol/access.ts'
import { leaveHandover } from '#protocol/events.ts'
import { signInAs } from '#tests/fixtures/client/session.ts'
import { identity, v4Kinds } from '#tests/fixtures/openpgp/identities.ts'
import { planBundle } from '#trust/bundle/make.ts'
import { fromBase64url, toBase64url, utf8 } from '#trust/bytes.ts'
import { generateSigner, keyIdOf } from '#trust/ed25519.ts'
import { parseCheckpoint } from '#trust/tlog/checkpoint.ts'
import { formatNoteKey, noteKeyTypes, parseNote } from '#trust/tlog/note.ts'
import { cosignNote } from '#trust/tlog/sign-note.ts'
import { verifyIndependently } from './independent.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const storageKey = randomBytes(32)
const secret = 'a launch secret of this test'
const never = new AbortController().signal
let folder: string
let directory: string
let logKey: string
let keyText: string
const at = (name: string): string => join(folder, name)

const programs = {
  backend: new URL('../../../backend/commands/index.ts', import.meta.url).pathname,
  worker: new URL('../../../main/audit/bundle/worker.ts', import.meta.url),
}

/** `libral audit …`: what it printed and how it ended. */
const libral = async (...args: readonly string[]) => {
  const said: string[] = []
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation((text) => said.push(String(text)) > 0),
  )
  try {
    const code = await runArea(auditArea(programs), [...args, '--user-data-dir', at('profile')])
    return { code, text: said.join('') }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

/** A backend's log, exported over its own connection and from its store; then the backend and its data are gone. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offline-'))
  directory = at('data')
  const address = at('b.sock')
  const backend = await startBackend({
    directory,
    storageKey,
    mode: 'embedded',
    listen: [{ kind: 'pipe', path: address }],
    launchSecret: secret,
    log: silent,
  })
  const session = await signInAs(backend.addresses[0] ?? '', { method: 'launch', secret })
  for (let n = 0; n < 30; n++)
    await session.api.command.submit(session.sign(leaveHandover, { shift: '夜勤', text: `引き継ぎ ${n} ﾊﾟｿｺﾝ` }))
  logKey = session.hello.logKey
  const { deployment: name } = session.hello
  keyText = formatNoteKey({ name, type: noteKeyTypes.signature, publicKey: fromBase64url(logKey) })
  const auditor = await identity(v4Kinds['v4 curve25519Legacy'])
  await writeFile(at('auditor.asc'), auditor.certificate.armor())
  await writeFile(at('auditor.key'), auditor.secret.armor())
  for (const [file, order] of [
    ['all', { kind: 'bundle', from: 0, to: null }],
    ['some', { kind: 'bundle', from: 12, to: 20 }],
    ['one', { kind: 'certificate', from: 14, to: 15 }],
  ] as const) {
    const source = await bundleLog(session.api, order)
    const planned = await planBundle(source, { ...order, at: Date.now(), by: 'local' })
    const draft = await beginDraft(at(file))
    for await (const _ of writeBundleTo(draft, source, planned, [], never));
    await draft.finish()
    const { size } = await stat(at(file))
    expect(Math.abs(planned.bytes - size) / size).toBeLessThan(0.05)
  }
  await expect(bundleLog(session.api, { kind: 'bundle', from: 5, to: 9_999 })).rejects.toThrow(
    expect.objectContaining({ code: 'log.out-of-range' }),
  )
  // A witness signs a head that is published, and more is written after it.
  const witness = generateSigner()
  const own = { name: `libral-desktop/${witness.keyId}`, type: noteKeyTypes.cosignature, publicKey: witness.publicKey }
  const { size: head } = await session.api.log.head({})
  const { note } = await session.api.log.published({ head })
  const { text } = parseNote(utf8(note))
  const line = toBase64url(cosignNote(text, own.name, witness, Math.floor(Date.now() / 1_000)).bytes)
  const { size } = parseCheckpoint(parseNote(utf8(note)))
  await session.api.log.cosign({ size, key: formatNoteKey(own), line })
  await session.api.command.submit(session.sign(leaveHandover, { shift: '夜勤', text: '立会人のあと' }))
  // The store's own export, while its backend runs.
  await writeFile(at('core.key'), Buffer.from(storageKey).toString('base64url'))
  const store = ['--data', directory, '--key', at('core.key')]
  expect(await libral('export', ...store, '--output', at('store'), '--from', '3')).toMatchObject({ code: 0 })
  expect(await libral('export', ...store, '--output', at('store'), '--from', '3')).toMatchObject({ code: 73 })
  expect(
    await libral('certify', ...store, '--output', at('sealed.pgp'), '--index', '9', '--to-auditor', at('auditor.asc')),
  ).toMatchObject({ code: 0 })
  await session.close()
  await backend.stop()
  expect(await libral('export', ...store, '--output', at('after'))).toMatchObject({ code: 0 })
  await rm(directory, { recursive: true })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('with the backend and its data gone', () => {
  test('a bundle is unconfirmed until a person enters the log’s key, and verified then', async () => {
    const before = await libral('verify', at('all'))
    expect(before.code).toBe(77)
    expect(before.text).toContain('未確認の鍵  記録の鍵')
    expect(before.text).not.toContain('検証できました')
    expect(await libral('trust', 'add', keyText, '--label', '試験')).toMatchObject({ code: 0 })
    for (const file of ['all', 'some', 'one', 'store']) {
      const after = await libral('verify', at(file))
      expect(after.text).toContain('検証できました')
      expect(after.code).toBe(0)
    }
    expect((await libral('trust', 'list')).text).toContain('試験')
    // Also the store's own export brings along who saw the log.
    const { verdict } = JSON.parse((await libral('search', at('store'), '立会人', '--json')).text)
    expect(verdict.checkpoints.flatMap(({ witnesses }: { witnesses: object[] }) => witnesses)).toEqual([
      expect.objectContaining({ name: expect.stringMatching(/^libral-desktop\//), standing: 'unconfirmed' }),
    ])
  })

  test('the keys that a bundle names are shown with whose they are and since when', async () => {
    const key = keyIdOf(fromBase64url(logKey))
    for (const file of ['all', 'some']) {
      const { code, text } = await libral('show', at(file), '--keys')
      expect(code).toBe(0)
      expect(text).toMatch(new RegExp(`^記録の鍵　  ${key}  libral:.*  記録 0（`))
      expect(text).toContain('service:')
      expect(text).toContain('検証できました')
    }
    const { keys } = JSON.parse((await libral('show', at('some'), '--keys', '--json')).text)
    expect(keys[0]).toMatchObject({ kind: 'log', key, from: { index: 0 }, until: null })
    expect((await libral('show', at('all'), '--keys', '--from', '3')).code).toBe(64)
  })

  test('entries are shown and searched for, each with how it stands', async () => {
    const shown = await libral('show', at('one'))
    expect(shown).toMatchObject({ code: 0, text: expect.stringMatching(/^✓ 検証済み {3}14 /) })
    const found = await libral('search', at('all'), 'パソコン', '引き継ぎ 1', '--json')
    const { entries, more, verdict } = JSON.parse(found.text)
    expect(verdict.outcome).toBe('verified')
    expect(more).toBe(false)
    expect(entries).toHaveLength(11)
    expect(new Set(entries.map(({ standing }: { standing: string }) => standing))).toEqual(new Set(['verified']))
    expect((await libral('search', at('all'), '引き継ぎ', '--limit', '3')).text).toContain('はじめの 3 件')
  })

  test('a search looks at words, and at no digest or signature', async () => {
    const found = await libral('search', at('all'), '', '--json')
    expect(found.code).toBe(64)
    const { entries } = JSON.parse((await libral('show', at('all'), '--json')).text)
    const { paramsDigest } = entries.at(-1).entry.command.statement
    const { value } = entries.at(-1).entry.command.signatures[0]
    for (const part of [paramsDigest, value].map((text: string) => text.slice(4, 12)))
      expect((await libral('search', at('all'), part)).text).toMatch(/^0 件/)
    expect(await libral('show', at('some'), '--from', '700')).toMatchObject({
      code: 65,
      text: expect.stringContaining('その番号の記録はありません'),
    })
  })

  test('the log tells who was handed entries for bundles, and how many', async () => {
    const { entries } = JSON.parse((await libral('search', at('after'), 'access.recordReads', '--json')).text)
    const { verdict } = JSON.parse((await libral('search', at('all'), 'access.recordReads', '--json')).text)
    // The whole log, eight entries, one, and what stands before these about keys.
    const least = verdict.manifest.to + 8 + 1
    // More than one sum where the minute turned meanwhile.
    const reads = entries
      .flatMap(({ entry }: { entry: { events: { type: string; data: unknown }[] } }) => entry.events)
      .filter(({ type }: { type: string }) => type === readsSummed.type)
      .map(({ data }: { data: unknown }) => data)
    expect(reads.length).toBeGreaterThan(0)
    for (const read of reads) expect(read).toMatchObject({ what: 'bundle' })
    const by = (operator: string) => reads.filter((read: { operator: string }) => read.operator === operator)
    // Of the store itself, without a word to the backend: an export and a certificate.
    expect(by('storage-key')).toHaveLength(2)
    expect(by('local').reduce((sum: number, { count }: { count: number }) => sum + count, 0)).toBeGreaterThanOrEqual(
      least,
    )
  })

  test('an encrypted certificate is opened by its auditor alone', async () => {
    expect(await libral('verify', at('sealed.pgp'))).toMatchObject({
      code: 77,
      text: expect.stringContaining('暗号化'),
    })
    const opened = await libral('verify', at('sealed.pgp'), '--decrypt-with', at('auditor.key'))
    expect(opened).toMatchObject({ code: 0, text: expect.stringContaining('監査証明書') })
  })

  test('a certificate is made of a bundle alone, also of an encrypted one, and verifies like one of the log', async () => {
    const made = await libral('certify', at('some'), '--index', '14', '--output', at('fourteen'))
    expect(made).toMatchObject({ code: 0, text: expect.stringContaining('記録 14〜14（1 件）') })
    expect(await libral('verify', at('fourteen'))).toMatchObject({
      code: 0,
      text: expect.stringMatching(/^監査証明書[\s\S]*検証できました/),
    })
    expect(verifyIndependently(await readFile(at('fourteen')), logKey)).toMatchObject({ from: 14, to: 15, ed25519: 1 })
    const again = ['--index', '14', '--output', at('fourteen')]
    expect(await libral('certify', at('some'), ...again)).toMatchObject({ code: 73 })
    expect(await libral('certify', at('some'), '--index', '20', '--size')).toMatchObject({ code: 65 })
    expect((await libral('certify', at('some'), '--index', '14', '--size', '--key', 'x')).code).toBe(64)
    const opened = ['--decrypt-with', at('auditor.key'), '--to-auditor', at('auditor.asc')]
    const sealed = await libral('certify', at('sealed.pgp'), '--index', '9', '--output', at('nine.pgp'), ...opened)
    expect(sealed.code).toBe(0)
    expect((await libral('verify', at('nine.pgp'))).code).toBe(77)
    expect((await libral('verify', at('nine.pgp'), '--decrypt-with', at('auditor.key'))).code).toBe(0)
  })

  test('what was tampered with or cut ends with 65 and says where', async () => {
    const bytes = await readFile(at('some'))
    bytes[bytes.length - 100] = (bytes[bytes.length - 100] ?? 0) ^ 1
    await writeFile(at('damaged'), bytes)
    expect(await libral('verify', at('damaged'))).toMatchObject({ code: 65, text: expect.stringContaining('壊れて') })
    expect((await libral('certify', at('damaged'), '--index', '14', '--size')).code).toBe(65)
    await writeFile(at('cut'), bytes.subarray(0, 2_000))
    expect(await libral('verify', at('cut'), '--json')).toMatchObject({
      code: 65,
      text: expect.stringContaining('bundle.truncated'),
    })
    await writeFile(at('other'), 'something else')
    expect((await libral('verify', at('other'))).code).toBe(65)
    expect((await libral('verify', at('nothing'))).code).toBe(66)
    expect((await libral('verify', '--data', at('nothing'))).code).toBe(66)
    expect((await libral('export', '--data', at('nothing'), '--size')).code).toBe(66)
    expect((await libral('verify')).code).toBe(64)
  })

  test('the verifier written from the page alone agrees', async () => {
    for (const file of ['all', 'some', 'one', 'store']) {
      const found = verifyIndependently(await readFile(at(file)), logKey)
      expect(found.ed25519).toBe(found.to - found.from)
    }
  })
})
