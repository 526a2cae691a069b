import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../bytes.ts'
import { generateSigner, signerFromSecret } from '../ed25519.ts'
import { openCheckpoint } from './checkpoint.ts'
import { formatNote, formatNoteKey, noteKeyTypes, openNote, parseNote, parseNoteKey } from './note.ts'
import { arche, peter } from './published.ts'
import { cosignNote, signNote, withSignature } from './sign-note.ts'

const note = `${peter.text}\n${peter.line}`
const refusal = (code: string) => expect.objectContaining({ code })

describe('published notes', () => {
  it("opens and makes sumdb/note's example", () => {
    const opened = openNote(utf8(note), [parseNoteKey(peter.key)])
    expect(opened.verified).toHaveLength(1)
    expect(opened.text).toBe(peter.text)
    const signer = signerFromSecret(Buffer.from(peter.seed, 'base64'))
    const made = { text: peter.text, signatures: [signNote(peter.text, 'PeterNeumann', signer)] }
    expect(formatNote(made)).toBe(note)
    const key = { name: 'PeterNeumann', type: noteKeyTypes.signature, publicKey: signer.publicKey }
    expect(formatNoteKey(key)).toBe(peter.key)
  })

  it('opens a checkpoint of a real log with the cosignature of a real witness', () => {
    const witness = parseNoteKey(arche.witnessKey)
    const opened = openCheckpoint(utf8(arche.note), parseNoteKey(arche.logKey), [witness])
    expect(opened).toMatchObject({ size: 1_432_088_532, extensions: [] })
    expect(opened.note.verified.map(({ key, time }) => [key.name, time])).toEqual([
      ['arche2025h1.staging.ct.transparency.dev', null],
      ['remora.n621.de', 0x6a122120],
    ])
    expect(opened.note.unknown).toHaveLength(4)
    expect(formatNote(opened.note)).toBe(arche.note)
    expect(formatNoteKey(witness)).toBe(arche.witnessKey)
  })
})

describe('a note', () => {
  it('is refused when any byte of its text or of a known line is changed', () => {
    const log = parseNoteKey(arche.logKey)
    const witness = parseNoteKey(arche.witnessKey)
    const bytes = utf8(arche.note)
    fc.assert(
      fc.property(fc.nat(bytes.byteLength - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Uint8Array.from(bytes, (byte, index) => (index === at ? byte ^ change : byte))
        const verified = (() => {
          try {
            return openCheckpoint(changed, log, [witness]).note.verified.length
          } catch {
            return 0
          }
        })()
        // A name or an id that is changed makes a line of somebody else's; a stranger's line counts for nothing.
        const end = Buffer.from(bytes).indexOf('\n\n')
        if (at <= end) expect(verified).toBe(0)
        else expect(verified).toBeLessThanOrEqual(2)
      }),
      { numRuns: 400 },
    )
  })

  it.each([
    ['no signatures', peter.text],
    ['no line feed at the end', note.slice(0, -1)],
    ['a control character', `a\tb\n\n${peter.line}`],
    ['no blank line', `${peter.text}${peter.line}`],
    ['another dash', note.replace('— ', '- ')],
    ['a line without signature', `${peter.text}\n— PeterNeumann\n`],
    ['a plus in a name', note.replace('— Peter', '— Pe+er')],
    ['base64 that is not canonical', note.replace('nAM=', 'nAN=')],
    ['a signature of one byte', `${peter.text}\n— PeterNeumann x08goAE\n`],
    ['a hundred and one signatures', `${peter.text}\n${peter.line.repeat(101)}`],
  ])('is malformed with %s', (_what, text) => {
    expect(() => parseNote(utf8(text))).toThrow(refusal('log.note-malformed'))
  })

  it('is malformed in broken UTF-8 and beyond a mebibyte', () => {
    const broken = Buffer.concat([Buffer.from([0xff]), utf8(note)])
    expect(() => parseNote(broken)).toThrow(refusal('log.note-malformed'))
    expect(() => parseNote(utf8('a\n'.repeat(600_000) + note))).toThrow(refusal('log.note-malformed'))
  })

  it('counts one key once, and a line that pretends to be by a known key refuses the whole', () => {
    const key = parseNoteKey(peter.key)
    expect(openNote(utf8(note + peter.line), [key]).verified).toHaveLength(1)
    const other = note.replace('answer', 'Answer')
    expect(() => openNote(utf8(other), [key])).toThrow(refusal('log.note-forged'))
    expect(openNote(utf8(other), []).verified).toEqual([])
  })

  it('keeps a log key and a witness key apart, also when they are one key', () => {
    const signer = generateSigner()
    const text = 'log\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n'
    const witness = { name: 'w', type: noteKeyTypes.cosignature, publicKey: signer.publicKey }
    const asLog = { ...signNote(text, 'w', signer), keyId: cosignNote(text, 'w', signer, 1).keyId }
    expect(() => openNote(utf8(formatNote({ text, signatures: [asLog] })), [witness])).toThrow(
      refusal('log.note-forged'),
    )
  })

  it('carries the time of a cosignature inside what is signed', () => {
    const signer = generateSigner()
    const text = 'log\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n'
    const key = { name: 'w', type: noteKeyTypes.cosignature, publicKey: signer.publicKey }
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (time, other) => {
        const line = cosignNote(text, 'w', signer, time)
        const opened = openNote(utf8(formatNote({ text, signatures: [line] })), [key])
        expect(opened.verified.map((it) => it.time)).toEqual([time])
        if (other === time) return
        const moved = Buffer.from(line.bytes)
        moved.writeBigUInt64BE(BigInt(other))
        const forged = formatNote({ text, signatures: [{ ...line, bytes: moved }] })
        expect(() => openNote(utf8(forged), [key])).toThrow(refusal('log.note-forged'))
      }),
    )
  })

  it('takes a newer line by the same key in the place of the older', () => {
    const signer = generateSigner()
    const text = 'a\n'
    const first = withSignature({ text, signatures: [] }, cosignNote(text, 'w', signer, 1))
    const second = withSignature(withSignature(first, signNote(text, 'w', signer)), cosignNote(text, 'w', signer, 2))
    expect(second.signatures).toHaveLength(2)
  })
})

it.each([
  'PeterNeumann',
  'PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
  'PeterNeumann+c74f20a3+AxpC2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
  'Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
  'PeterNeumann+c74f20a3+ARpc2Qc=',
])('refuses the key %s', (text) => {
  expect(() => parseNoteKey(text)).toThrow(refusal('log.note-malformed'))
})
