import { type enums, SignaturePacket } from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import { DocumentDigest, digestFor } from '#trust/openpgp/digest.ts'
import { internalsOf } from '#trust/openpgp/internals.ts'
import { type Judgement, judge, unreadable } from '#trust/openpgp/judge.ts'
import type { SignatureVerdict } from '#trust/openpgp/verdict.ts'

/** Signatures on one document: more are refused rather than hashed for hours. */
const signatureLimit = 64

interface OnePass {
  readonly type: number
  readonly hash: number
  readonly salt: Uint8Array | null
}

/** A signature whose document is being read; `digest` is null where it can't be judged. */
interface Pending {
  readonly onePass: OnePass | null
  readonly digest: DocumentDigest | null
  packet: SignaturePacket | null
}

/** The signatures over one document, from announcement to judgement. */
export class PendingSignatures {
  readonly #pending: Pending[] = []
  #open = 0

  get count(): number {
    return this.#pending.length
  }

  /** Whether each announced signature has come. */
  get complete(): boolean {
    return this.#open === 0
  }

  /** A one-pass signature packet: the signature itself follows the document, the last one first. */
  announce(body: Uint8Array): void {
    const onePass = readOnePass(body)
    const digest = onePass === null ? null : DocumentDigest.of(onePass.type, onePass.hash, onePass.salt)
    this.#add({ onePass, digest, packet: null })
    this.#open++
  }

  /** A signature that stands before its document, or apart from it. */
  foresee(body: Uint8Array): void {
    const packet = readSignature(body)
    this.#add({ onePass: null, digest: packet === null ? null : digestFor(packet), packet })
  }

  /** Each piece of the document. */
  update(bytes: Uint8Array): void {
    for (const { digest } of this.#pending) digest?.update(bytes)
  }

  /** A signature packet after the document. */
  conclude(body: Uint8Array): void {
    const awaited = this.#pending[--this.#open]
    if (awaited === undefined) throw new LibralError('openpgp.malformed', { what: 'signature' })
    const packet = readSignature(body)
    awaited.packet = packet
  }

  verdicts(given: Judgement): Promise<readonly SignatureVerdict[]> {
    return Promise.all(
      this.#pending.map(({ onePass, digest, packet }) => {
        if (packet === null) return unreadable
        const hashed = digest === null || !matches(onePass, packet) ? null : digest.end(packet)
        return judge(packet, hashed, given)
      }),
    )
  }

  #add(pending: Pending): void {
    if (this.#pending.length >= signatureLimit) throw new LibralError('openpgp.too-large', { limit: signatureLimit })
    this.#pending.push(pending)
  }
}

/** null for a version or algorithm that is not known here: it is shown as such, never taken for good. */
function readSignature(body: Uint8Array): SignaturePacket | null {
  const packet = new SignaturePacket()
  try {
    packet.read(body)
    return packet
  } catch {
    return null
  }
}

function readOnePass(body: Uint8Array): OnePass | null {
  const [version = 0, type = -1, hash = -1] = body
  if (version === 3 && body.byteLength === 13) return { type, hash, salt: null }
  const size = body[4] ?? 0
  if (version === 6 && body.byteLength === 38 + size) return { type, hash, salt: body.slice(5, 5 + size) }
  return null
}

function matches(onePass: OnePass | null, packet: SignaturePacket): boolean {
  if (onePass === null) return true
  const salt = packet.version === 6 ? internalsOf(packet).salt : null
  return (
    onePass.type === packet.signatureType &&
    onePass.hash === (packet.hashAlgorithm as enums.hash) &&
    Buffer.from(onePass.salt ?? []).equals(Buffer.from(salt ?? []))
  )
}
