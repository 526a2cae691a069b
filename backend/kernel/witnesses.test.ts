import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { leaveHandover } from '#protocol/events.ts'
import type { DeploymentId, Instant } from '#protocol/ids.ts'
import { signInAs } from '#tests/fixtures/client/session.ts'
import { fromBase64url, toBase64url, utf8 } from '#trust/bytes.ts'
import { generateSigner, type Signer } from '#trust/ed25519.ts'
import { frontierAt, leafHash, rootOf, verifyConsistency } from '#trust/merkle.ts'
import { openCheckpoint } from '#trust/tlog/checkpoint.ts'
import { formatNoteKey, noteKeyTypes, parseNote, parseNoteKey } from '#trust/tlog/note.ts'
import { cosignNote } from '#trust/tlog/sign-note.ts'
import { startBackend } from '../host.ts'
import { openSqlite } from '../storage/sqlite/engine.ts'
import { subtreeHashes } from './log-reader.ts'
import { createWitnesses, witnessLimits } from './witnesses.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const secret = 'a launch secret of this test'
let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'wt-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const start = () =>
  startBackend({
    directory,
    storageKey: new Uint8Array(32).fill(1),
    mode: 'embedded',
    listen: [{ kind: 'pipe', path: join(directory, `${randomBytes(4).toString('hex')}.sock`) }],
    launchSecret: secret,
    log: silent,
  })

const signedBy = (signer: Signer, note: string, name = `libral-desktop/${signer.keyId}`) => {
  const { text } = parseNote(utf8(note))
  const line = cosignNote(text, name, signer, 1_790_000_000)
  const key = formatNoteKey({ name, type: noteKeyTypes.cosignature, publicKey: signer.publicKey })
  return { size: Number(text.split('\n')[1]), key, line: toBase64url(line.bytes) }
}

test('desktops sign one published head, and the backend hands their verified signatures out', async () => {
  const backend = await start()
  const { api, sign, close } = await signInAs(backend.addresses[0] ?? '', { method: 'launch', secret })
  await api.command.submit(sign(leaveHandover, { shift: '夜勤', text: '引き継ぎ' }))
  const { logKey, deployment } = await api.session.hello({ min: 1, max: 1 })
  const log = { name: deployment, type: noteKeyTypes.signature, publicKey: fromBase64url(logKey) }
  const head = await api.log.head({})
  const published = await api.log.published({ head: head.size })
  expect(published.wanted).toBe(true)
  const seen = openCheckpoint(utf8(published.note), log)
  const proof = published.proof.map(fromBase64url)
  expect(verifyConsistency(seen.size, head.size, proof, seen.root, fromBase64url(head.root))).toBe(true)
  // Within the minute the head that is to be signed stays, whatever is added.
  await api.command.submit(sign(leaveHandover, { shift: '夜勤', text: 'もう一つ' }))
  expect((await api.log.published({ head: head.size })).note).toBe(published.note)

  const [one, other] = [generateSigner(), generateSigner()]
  for (const signer of [one, other])
    expect(await api.log.cosign(signedBy(signer, published.note))).toEqual({ kept: true })
  const [newest] = await api.log.witnesses({ limit: 10 })
  const keys = (newest?.witnesses ?? []).map(({ key }) => parseNoteKey(key))
  expect(newest?.witnesses.map(({ operator }) => operator)).toEqual(['local', 'local'])
  const opened = openCheckpoint(utf8(newest?.note ?? ''), log, keys)
  expect(opened.note.verified.map(({ key }) => key.type)).toEqual([1, 4, 4])
  expect(opened.note.unknown).toEqual([])

  const refused = (code: string) => ({ code })
  const forged = { ...signedBy(generateSigner(), published.note), line: signedBy(one, published.note).line }
  await expect(api.log.cosign(forged)).rejects.toMatchObject(refused('log.note-forged'))
  await expect(api.log.cosign({ ...signedBy(one, published.note), size: seen.size + 1 })).rejects.toMatchObject(
    refused('log.out-of-range'),
  )
  await expect(api.log.cosign(signedBy(one, published.note, 'somebody'))).rejects.toMatchObject(
    refused('log.note-malformed'),
  )
  // One operator's desktops do not fill what others are to sign.
  for (const _ of Array.from({ length: 6 })) await api.log.cosign(signedBy(generateSigner(), published.note))
  expect(await api.log.cosign(signedBy(generateSigner(), published.note))).toEqual({ kept: false })
  await close()
  await backend.stop()
})

test('whoever checked before the log grew gets the head that it can prove, though a newer one was published', async () => {
  const stored = await openSqlite({ engine: 'sqlite', file: join(directory, 'core.db'), key: randomBytes(32) })
  const leaves: Uint8Array[] = []
  const grow = (by: number) => leaves.push(...Array.from({ length: by }, () => leafHash(randomBytes(8))))
  const entries = { leaves: async (from: number, to: number) => leaves.slice(from, to) } as never
  const frontierOf = (size: number) => frontierAt(size, subtreeHashes({ entries }))
  let time = 1_790_000_000_000
  const log = generateSigner()
  const witnesses = createWitnesses({
    storage: {
      head: async () => ({ size: leaves.length, frontier: await frontierOf(leaves.length) }) as never,
      entries,
      witnesses: stored.witnesses,
    },
    keys: { deployment: 'lbd_test' as DeploymentId, log },
    now: () => time as Instant,
  })
  grow(5)
  await expect(witnesses.upTo(3)).rejects.toMatchObject({ code: 'log.out-of-range' })
  grow(4)
  const checked = leaves.length
  time += witnessLimits.publishMs
  grow(3)
  expect((await witnesses.published()).size).toBe(12)
  expect((await witnesses.upTo(12)).size).toBe(12)
  const head = await witnesses.upTo(checked)
  expect(head.size).toBe(5)
  const [before, after] = [rootOf(await frontierOf(5)), rootOf(await frontierOf(checked))]
  const proof = await witnesses.leadingTo(head.size, checked)
  expect(verifyConsistency(5, checked, [...proof], before, after)).toBe(true)
  await stored.close()
})
