import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { utf8 } from '#trust/bytes.ts'
import { generateSigner } from '#trust/ed25519.ts'
import { append, consistencyProof, leafHash, rootOf } from '#trust/merkle.ts'
import { formatCheckpoint } from '#trust/tlog/checkpoint.ts'
import { formatNote, type NoteKey, noteKeyTypes, openNote, parseNoteKey } from '#trust/tlog/note.ts'
import { signNote } from '#trust/tlog/sign-note.ts'
import { compareFile } from './compare.ts'
import { formatForkEvidence } from './fork-evidence.ts'
import { createSeenStore } from './seen-store.ts'
import { type AskHead, createWitness, witnessSigner } from './witness.ts'

const origin = 'libral:01990000-0000-7000-8000-000000000000'
const logSigner = generateSigner()
const log: NoteKey = { name: origin, type: noteKeyTypes.signature, publicKey: logSigner.publicKey }
const key = new Uint8Array(32).fill(7)
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seen-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** A log held in memory that its owner may do anything with. */
const fakeLog = (entries: string[], signer = logSigner) => {
  const leaves = () => entries.map((entry) => leafHash(utf8(entry)))
  const head: AskHead = async (seen) => {
    const all = leaves()
    const hashOf = (level: number, index: number) =>
      rootOf(append([], 0, all.slice(index * 2 ** level, (index + 1) * 2 ** level)).frontier)
    const root = rootOf(append([], 0, all).frontier)
    const text = formatCheckpoint({ origin, size: all.length, root, extensions: [] })
    const proof = seen === null || seen > all.length ? [] : await consistencyProof(seen, all.length, hashOf)
    return { note: formatNote({ text, signatures: [signNote(text, origin, signer)] }), proof }
  }
  return { entries, head }
}
const witness = () => createWitness(createSeenStore(folder), witnessSigner(key))
const refusal = (code: string) => expect.objectContaining({ code })

describe('a witness', () => {
  it('keeps what it saw under its own signature, over restarts', async () => {
    const { entries, head } = fakeLog(['a', 'b'])
    const first = witness()
    await first.check(log, head)
    for (const [nth, entry] of ['c', 'd', 'e'].entries()) {
      entries.push(entry)
      await witness().check(log, head)
      const notes = (await createSeenStore(folder).read()).map(({ note }) =>
        openNote(utf8(note), [log, parseNoteKey(first.key)]),
      )
      const sizes = notes.map(({ text }) => Number(text.split('\n')[1])).sort()
      expect(sizes).toEqual([nth + 2, nth + 3])
      for (const { verified } of notes)
        expect(verified.map((it) => it.key.type)).toEqual([noteKeyTypes.signature, noteKeyTypes.cosignature])
    }
  })

  it('signs what it asked about, though another look was asked for meanwhile', async () => {
    const { entries, head } = fakeLog(['a', 'b'])
    const published = await head(null)
    const one = witness()
    await one.check(log, head)
    entries.push('c', 'd')
    await one.check(log, head)
    let looked: Promise<unknown> = Promise.resolve()
    const cosigned = one.cosign(log, async (checked) => {
      const { proof } = await head(2)
      expect(checked).toBe(4)
      entries.push('e')
      let asked = false
      looked = one.check(log, (seen) => {
        asked = true
        return head(seen)
      })
      await new Promise(setImmediate)
      expect(asked).toBe(false)
      return { note: published.note, proof }
    })
    expect((await cosigned).size).toBe(2)
    await looked
    expect(one.seen()?.checkpoint.size).toBe(5)
    expect(one.evidence()).toBeNull()
  })

  it('still knows the checkpoint before where the newest was cut short on its way to the disk', async () => {
    const { entries, head } = fakeLog(Array.from({ length: 9 }, (_, nth) => `${nth}`))
    const files = ['latest.checkpoint', 'latest-2.checkpoint'].map((name) => join(folder, name))
    await witness().check(log, head)
    const texts = (): Promise<string[]> => Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')))
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.boolean(), async (place, longer) => {
        const [before, told] = [await texts(), entries.length]
        entries.push(`${told}`)
        await witness().check(log, head)
        const after = await texts()
        const nth = after.findIndex((text, at) => text !== before[at])
        const [was, is] = [Buffer.from(before[nth] ?? ''), Buffer.from(after[nth] ?? '')]
        const at = place % is.byteLength
        await writeFile(files[nth] ?? '', Buffer.concat([is.subarray(0, at), longer ? was.subarray(at) : Buffer.of()]))
        // Of the two that stand there now, the newer was seen for certain.
        const lie = fakeLog(entries.toSpliced(told - 1, 1, 'a lie'))
        await expect(witness().check(log, lie.head)).rejects.toThrow(refusal('log.rewritten'))
        expect((await witness().check(log, head)).checkpoint.size).toBe(entries.length)
      }),
      { numRuns: 15 },
    )
    expect(
      (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('damaged.checkpoint')),
    ).not.toEqual([])
  })

  it.each([
    ['an edited entry', (it: string[]) => it.with(1, 'B'), 'log.rewritten'],
    ['two entries swapped', (it: string[]) => [it[0] ?? '', it[2] ?? '', it[1] ?? '', ...it.slice(3)], 'log.rewritten'],
    ['one entry added before the last', (it: string[]) => it.toSpliced(2, 0, 'x'), 'log.rewritten'],
    ['one removed and one added', (it: string[]) => [...it.toSpliced(1, 1), 'x'], 'log.rewritten'],
    ['the newest removed', (it: string[]) => it.slice(0, -1), 'log.shorter'],
    ['everything removed', () => [], 'log.shorter'],
  ])('refuses %s, keeps the evidence, and goes on refusing', async (_what, change, code) => {
    const honest = ['a', 'b', 'c', 'd', 'e']
    await witness().check(log, fakeLog(honest).head)
    const before = await readFile(join(folder, 'latest.checkpoint'), 'utf8')
    const lying = fakeLog(change(honest))
    const again = witness()
    for (const _ of [1, 2]) await expect(again.check(log, lying.head)).rejects.toThrow(refusal(code))
    const evidence = again.evidence() ?? ''
    expect(await readFile(join(evidence, 'seen.checkpoint'), 'utf8')).toBe(before)
    expect((await readdir(evidence)).sort()).toEqual(['offered.checkpoint', 'offered.proof', 'seen.checkpoint'])
    expect(await readFile(join(folder, 'latest.checkpoint'), 'utf8')).toBe(before)
    // In one file, another machine tells both sides apart, whichever of them its own log goes on from.
    const file = utf8(formatForkEvidence(await again.forkEvidence()))
    const grown = await compareFile(file, log, fakeLog([...honest, 'f']).head)
    expect(grown.result).toBe('before')
    expect(grown.shown?.result).toBe(code === 'log.shorter' ? 'before' : 'other')
    const theirs = await compareFile(file, log, fakeLog([...change(honest), 'x', 'y']).head)
    expect(theirs.shown?.result).toBe('before')
    expect(theirs.result).not.toBe('before')
    const forged = { ...(await again.forkEvidence()), shown: before.replace(/\n\d+\n/, '\n9\n') }
    await expect(compareFile(utf8(formatForkEvidence(forged)), log, lying.head)).rejects.toThrow(
      refusal('log.note-forged'),
    )
    await expect(compareFile(utf8('{"format":"other"}'), log, lying.head)).rejects.toThrow(
      refusal('log.note-malformed'),
    )
    await again.check(log, fakeLog([...honest, 'f']).head)
    expect(again.evidence()).toBeNull()
    await expect(again.forkEvidence()).rejects.toThrow(refusal('log.no-evidence'))
  })

  it('follows any honest growth and refuses any other history', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(3), { minLength: 1, maxLength: 12 }), fc.nat(), async (steps, at) => {
        const path = await mkdtemp(join(folder, 'run-'))
        const made = createWitness(createSeenStore(path), witnessSigner(key))
        const { entries, head } = fakeLog(['genesis'])
        for (const step of steps) {
          entries.push(...Array.from({ length: step }, (_, nth) => `${entries.length} ${nth}`))
          expect((await made.check(log, head)).checkpoint.size).toBe(entries.length)
        }
        const lie = fakeLog([...entries.with(at % entries.length, 'a lie'), 'more'])
        await expect(made.check(log, lie.head)).rejects.toThrow(refusal('log.rewritten'))
      }),
      { numRuns: 25 },
    )
  })

  it('takes no head that the log did not sign, and no other log', async () => {
    const made = witness()
    await expect(made.check(log, fakeLog(['a'], generateSigner()).head)).rejects.toThrow(refusal('log.unsigned'))
    const other = { ...log, name: 'libral:another' }
    await expect(made.check(other, fakeLog(['a']).head)).rejects.toThrow(refusal('log.other-log'))
    expect(await readdir(folder)).toEqual([])
  })

  it('does not begin anew where all that it kept is damaged', async () => {
    for (const entries of [['a'], ['a', 'b']]) await witness().check(log, fakeLog(entries).head)
    for (const name of ['latest.checkpoint', 'latest-2.checkpoint'])
      await writeFile(join(folder, name), 'nothing of the kind')
    await expect(witness().check(log, fakeLog(['b']).head)).rejects.toThrow(refusal('log.seen-unreadable'))
  })

  it("knows its own signature after the log's key was replaced", async () => {
    await witness().check(log, fakeLog(['a']).head)
    const signer = generateSigner()
    const renewed: NoteKey = { ...log, publicKey: signer.publicKey }
    expect((await witness().check(renewed, fakeLog(['a', 'b'], signer).head)).checkpoint.size).toBe(2)
    await expect(witness().check(renewed, fakeLog(['x', 'b', 'c'], signer).head)).rejects.toThrow(
      refusal('log.rewritten'),
    )
  })

  it('begins anew once a person accepted, with what was seen kept', async () => {
    const made = witness()
    for (const entries of [['a'], ['a', 'b']]) await made.check(log, fakeLog(entries).head)
    const restored = fakeLog(['a'])
    await expect(made.check(log, restored.head)).rejects.toThrow(refusal('log.shorter'))
    await made.accept('復元した')
    expect((await made.check(log, restored.head)).checkpoint.size).toBe(1)
    const files = (await readdir(folder, { recursive: true })).map((it) => it.replace(/evidence-[^/]+/, 'evidence'))
    expect(files).toContain('evidence/accepted.txt')
    expect(files).toContain('evidence/latest.checkpoint')
    expect(files).toContain('evidence/latest-2.checkpoint')
  })
})
