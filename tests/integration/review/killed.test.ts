import { type ChildProcess, fork } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readableTo } from '#main/audit/bundle/write.ts'
import { createReview } from '#main/audit/review/review.ts'
import { findMessageKey } from '#main/vault/openpgp/decrypt.ts'
import { bundleOf, makeLog, sourceOf } from '#tests/fixtures/bundle/log.ts'
import { identity, v4Kinds, v6Kinds } from '#tests/fixtures/openpgp/identities.ts'

/** An encrypted bundle under review, killed at any moment: what stays on the disk is ciphertext. */

const program = new URL('./reviewing.ts', import.meta.url).pathname
/** Stands in every entry of the log, and in nothing else. */
const word = '引き継ぎ'
let folder: string
const children: ChildProcess[] = []

const collect = async (pieces: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all)
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'killed-'))
})
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

/** Files below a folder that hold this text, in UTF-8 or UTF-16. */
const filesWith = async (place: string, text: string): Promise<string[]> => {
  const files = (await readdir(place, { recursive: true, withFileTypes: true })).filter((it) => it.isFile())
  const marks = [Buffer.from(text, 'utf8'), Buffer.from(text, 'utf16le')]
  const found: string[] = []
  for (const { parentPath, name } of files) {
    const path = join(parentPath, name)
    const bytes = await collect(createReadStream(path))
    if (marks.some((mark) => bytes.includes(mark))) found.push(path)
  }
  return found
}

const encrypted = async (kind: keyof typeof kinds) => {
  const auditor = await identity(kinds[kind])
  const log = await makeLog({ count: 3_000 })
  const bytes = await bundleOf(sourceOf(log))
  const file = join(folder, `${kind.replaceAll(' ', '-')}.libral-bundle.pgp`)
  await writeFile(
    file,
    await collect(
      readableTo(
        [auditor.certificate],
        (async function* () {
          yield bytes
        })(),
      ),
    ),
  )
  const source = { size: null, open: () => createReadStream(file) as AsyncIterable<Uint8Array> }
  const found = await findMessageKey(source, { keys: [auditor.opener] })
  if (found === null) throw new Error('not encrypted')
  return { file, key: found.key }
}
const kinds = { 'v6 curve25519': v6Kinds['v6 curve25519'], 'v4 P-256': v4Kinds['v4 P-256'] } as const

/** @returns once it says what is awaited; what it said before */
const reviewing = async (place: string, { file, key }: Awaited<ReturnType<typeof encrypted>>) => {
  const child = fork(program, [place, file, String(key.algorithm), Buffer.from(key.data).toString('hex')])
  children.push(child)
  const said: string[] = []
  let listener = (): void => {}
  child.on('message', (text) => {
    said.push(String(text))
    listener()
  })
  const until = (awaited: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const failed = said.find((it) => it.startsWith('failed'))
        if (failed !== undefined) reject(new Error(failed))
        if (said.includes(awaited)) resolve()
      }
      listener = look
      child.once('exit', () => reject(new Error(`it ended after ${said.join(', ')}`)))
      look()
    })
  const kill = (): Promise<void> =>
    new Promise((resolve) => {
      child.once('exit', () => resolve())
      child.kill('SIGKILL')
    })
  return { child, until, kill }
}

test.each(Object.keys(kinds) as (keyof typeof kinds)[])(
  'an encrypted bundle (%s) that is killed under review leaves nothing readable, and nothing at all after the next start',
  async (kind) => {
    const bundle = await encrypted(kind)
    const place = await mkdtemp(join(folder, 'profile-'))
    const { child, until, kill } = await reviewing(place, bundle)
    await until('open')
    child.send(word)
    await until('found 50')
    expect(await filesWith(place, word)).toEqual([])
    await kill()
    // The index stayed: its key went with the process.
    expect(await readdir(join(place, 'open'))).toHaveLength(1)
    expect(await filesWith(place, word)).toEqual([])
    const next = createReview({ userData: place, directory: place, sessionKeyOf: async () => null })
    await next.close()
    expect(await readdir(place)).not.toContain('open')
  },
)

test('killed while it is being read, it leaves nothing readable either', async () => {
  const bundle = await encrypted('v6 curve25519')
  const place = await mkdtemp(join(folder, 'profile-'))
  const { until, kill } = await reviewing(place, bundle)
  await until('opening tree')
  await kill()
  expect(await filesWith(place, word)).toEqual([])
})
