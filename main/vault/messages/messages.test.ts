import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Envelope, FileNews } from '#protocol/messages.ts'
import { type OpenedVault, openVault } from '#tests/fixtures/vault/vault.ts'
import type { Asked } from '../ask/question.ts'
import { noteDraft, removeLeftDrafts } from './drafts.ts'

const folder = mkdtempSync(join(tmpdir(), 'vm-'))
const asked: Asked[] = []
let answers: string[] = []
let opened: OpenedVault
const client = () => opened.client
const ids: Record<'me' | 'friend' | 'older', string> = { me: '', friend: '', older: '' }

beforeAll(async () => {
  mkdirSync(join(folder, 'vault'))
  const answering = (question: Asked): string => {
    // A wrong answer is asked for again within the same question.
    if (asked.at(-1) !== question) asked.push(question)
    return answers.shift() ?? 'no answer was given'
  }
  opened = await openVault(answering, { directory: join(folder, 'vault') })
  const draft = { curve: '25519' as const, days: 30 }
  ids.me = (await client().create({ ...draft, name: '私', email: 'me@example.jp', companion: true })).id
  ids.friend = (await client().create({ ...draft, name: '友', email: 'friend@example.jp', companion: false })).id
  ids.older = (await client().create({ ...draft, name: '古', email: 'old@example.jp', companion: true })).id
  // A peer with GnuPG alone: the version 4 certificate without the other.
  await opened.vault.keyring().change((document) => ({
    ...document,
    entries: document.entries.map((it) =>
      it.id === ids.older ? { ...it, certificates: it.certificates.slice(1) } : it,
    ),
  }))
})
afterAll(async () => {
  await opened.stop()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(() => {
  asked.length = 0
  answers = []
})

const envelope = (wish: Partial<Envelope> = {}): Envelope => ({
  recipients: [ids.friend],
  identity: ids.me,
  sign: true,
  toSelf: true,
  password: false,
  audience: 'auto',
  ...wish,
})
const text = '本日の締め\n合計 ¥1,234,567'

test('a text goes from sealing to opening with its verdict, and the opening is counted', async () => {
  const sealed = await client().messages.encryptText({ text, envelope: envelope() })
  expect(sealed.text).toMatch(/^-----BEGIN PGP MESSAGE-----/)
  expect(asked).toMatchObject([{ title: '署名の確認', fields: 'none' }])
  expect(asked[0]?.facts.at(-1)).toEqual({ label: '文', value: '本日の締め 合計 ¥1,234,567' })
  const read = await client().messages.readText({ text: `\n${sealed.text}\n`, signed: null })
  expect(read.text).toBe(text)
  expect(read.reading).toMatchObject({
    kind: 'encrypted',
    opened: { by: 'key', place: 'software' },
    signatures: [{ verified: true, reason: null, signer: { name: '私', own: true, entry: ids.me } }],
  })
  const { fingerprint } = read.reading.opened as { fingerprint: string }
  expect(opened.vault.keyring().current().opened[fingerprint]?.count).toBe(1)
})

test('one old recipient makes the message old, signed by the companion; the plan says because of whom', async () => {
  const wish = envelope({ recipients: [ids.friend, ids.older] })
  const plan = await client().messages.plan(wish)
  expect(plan).toMatchObject({
    format: 'seipd1',
    why: 'older-peers',
    older: ['古'],
    recipients: [{ version: 6 }, { version: 4 }],
    self: { version: 4 },
    signer: { version: 4 },
  })
  const sealed = await client().messages.encryptText({ text, envelope: wish })
  expect((await client().messages.readText({ text: sealed.text, signed: null })).reading.signatures).toMatchObject([
    { verified: true },
  ])
})

test.each(['cleartext', 'inline', 'detached'] as const)('a %s signature is read back', async (form) => {
  const signing = { identity: ids.me, audience: 'auto' as const, form }
  const signed = await client().messages.signText({ text, signing })
  if (form === 'detached') {
    const lonely = client().messages.readText({ text: signed.text, signed: null })
    await expect(lonely).rejects.toMatchObject({ code: 'messages.document-missing' })
  }
  const read = await client().messages.readText({ text: signed.text, signed: form === 'detached' ? text : null })
  expect(read).toMatchObject({ text, reading: { opened: null, signatures: [{ verified: true }] } })
})

test('a password is asked for to seal and, until it is right, to open; once for files of one call', async () => {
  answers = ['合言葉は十二文字以上です']
  const source = join(folder, 'p.txt')
  writeFileSync(source, text)
  const files = ['p1.pgp', 'p2.pgp'].map((name) => ({ source, target: join(folder, name), replace: false }))
  const wish = envelope({ recipients: [], identity: null, sign: false, toSelf: false, password: true })
  expect(await end(client().messages.encryptFiles({ files, envelope: wish, armored: false }))).toMatchObject([
    { state: 'finished' },
    { state: 'finished' },
  ])
  expect(asked).toMatchObject([{ title: 'パスワードの設定', fields: 'two', least: 12 }])
  answers = ['違う', '合言葉は十二文字以上です']
  const jobs = files.map((it, n) => ({
    source: it.target,
    target: join(folder, `p${n}.txt`),
    replace: false,
    document: null,
  }))
  expect(await end(client().messages.readFiles({ files: jobs }))).toMatchObject([
    { state: 'finished', reading: { opened: { by: 'password' }, signatures: [] } },
    { state: 'finished', reading: { opened: { by: 'password' } } },
  ])
  expect(asked.map(({ title }) => title)).toEqual(['パスワードの設定', 'パスワードで開く'])
  expect(readFileSync(join(folder, 'p1.txt'), 'utf8')).toBe(text)
})

test('files: signed apart, tampered, and one that fails does not keep the others back', async () => {
  const source = join(folder, '契約.bin')
  writeFileSync(source, Buffer.alloc(3_000_000, 7))
  const job = { source, target: `${source}.sig`, replace: false }
  const signing = { identity: ids.me, audience: 'gnupg' as const, form: 'detached' as const }
  await end(client().messages.signFiles({ files: [job], signing, armored: false }))
  const verify = { source: job.target, target: null, replace: false, document: source }
  expect(await end(client().messages.readFiles({ files: [verify] }))).toMatchObject([
    { reading: { kind: 'detached', signatures: [{ verified: true }] } },
  ])
  const sealed = { source, target: join(folder, '契約.pgp'), replace: false }
  await end(client().messages.encryptFiles({ files: [sealed], envelope: envelope(), armored: false }))
  const damaged = readFileSync(sealed.target)
  damaged[1_000_000] = (damaged[1_000_000] ?? 0) ^ 1
  writeFileSync(join(folder, 'damaged.pgp'), damaged)
  writeFileSync(join(folder, 'cut.pgp'), damaged.subarray(0, 900_000))
  const read = (name: string) => ({
    source: join(folder, name),
    target: join(folder, `${name}.out`),
    replace: false,
    document: null,
  })
  const news = await end(client().messages.readFiles({ files: ['damaged.pgp', 'cut.pgp', '契約.pgp'].map(read) }))
  expect(news).toMatchObject([
    { state: 'failed', failure: { code: 'openpgp.tampered' } },
    { state: 'failed', failure: { code: 'openpgp.truncated' } },
    { state: 'finished', reading: { signatures: [{ verified: true }] } },
  ])
  expect(readdirSync(folder).filter((it) => /damaged.pgp.out|cut.pgp.out|\.part$/.test(it))).toEqual([])
  expect(statSync(join(folder, '契約.pgp.out')).mode & 0o777).toBe(0o600)
})

test('ending the iterator stops the work, and nothing of it is left', async () => {
  const source = join(folder, 'big.bin')
  writeFileSync(source, Buffer.alloc(64_000_000, 3))
  const files = [{ source, target: join(folder, 'big.pgp'), replace: false }]
  const news = await client().messages.encryptFiles({ files, envelope: envelope({ sign: false }), armored: true })
  for await (const it of news) if (it.state === 'running' && it.done > 0) break
  expect(readdirSync(folder).filter((it) => /big\.pgp|\.part$/.test(it))).toEqual([])
  expect(readdirSync(join(folder, 'vault', 'drafts'))).toEqual([])
})

test('what is refused says who and why before anything is asked', async () => {
  const one = opened.vault
    .keyring()
    .current()
    .entries.find(({ id }) => id === ids.friend)
  await client().create({ name: '去', email: '', curve: '25519', days: 30, companion: false })
  const gone = (await client().messages.plan(envelope({ recipients: [ids.friend] }))).recipients[0]
  expect(gone).toMatchObject({ refusal: null, expiring: true, fingerprint: one?.certificates[0]?.fingerprint })
  await client().revoke({ id: ids.friend, reason: 'retired', text: '' })
  asked.length = 0
  expect((await client().messages.plan(envelope())).recipients).toMatchObject([
    { refusal: 'revoked', fingerprint: null },
  ])
  const sealing = client().messages.encryptText({ text, envelope: envelope() })
  await expect(sealing).rejects.toMatchObject({ code: 'openpgp.recipient-unusable', params: { name: '友' } })
  expect(asked).toEqual([])
})

test('what a killed process was writing is removed by the next one; what is being written stays', async () => {
  const directory = mkdtempSync(join(folder, 'killed-'))
  const script = `
    import { writeFileSync } from 'node:fs'
    import { noteDraft } from ${JSON.stringify(new URL('./drafts.ts', import.meta.url).href)}
    await noteDraft(process.argv[1], process.argv[2])
    writeFileSync(process.argv[2], 'half a secret')
    console.log('ready')
    setInterval(() => {}, 1000)`
  const left = join(directory, '.left.part')
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, directory, left])
  await once(child.stdout, 'data')
  await removeLeftDrafts(directory)
  expect(existsSync(left)).toBe(true)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const kept = join(directory, 'not-a-draft')
  writeFileSync(kept, '')
  await noteDraft(directory, kept)
  writeFileSync(join(directory, 'drafts', 'cut.json'), '{"pid"')
  await removeLeftDrafts(directory)
  expect([existsSync(left), existsSync(kept), readdirSync(join(directory, 'drafts'))]).toEqual([false, true, []])
})

test('a process that is known to have ended counts as such while the system still lists it', async () => {
  const directory = mkdtempSync(join(folder, 'ended-'))
  const left = join(directory, '.left.part')
  writeFileSync(left, 'half a secret')
  mkdirSync(join(directory, 'drafts'))
  writeFileSync(join(directory, 'drafts', 'a.json'), JSON.stringify({ pid: process.ppid, path: left }))
  await removeLeftDrafts(directory)
  expect(existsSync(left)).toBe(true)
  await removeLeftDrafts(directory, process.ppid)
  expect(existsSync(left)).toBe(false)
})

/** The last news of each file. */
async function end(news: Promise<AsyncIterable<FileNews>>): Promise<FileNews[]> {
  const last: FileNews[] = []
  for await (const it of await news) last[it.index] = it
  return last
}
