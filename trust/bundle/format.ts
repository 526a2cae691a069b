import type { Manifest } from '#protocol/bundle.ts'
import { sha256, utf8 } from '../bytes.ts'

/** The container of a bundle, version 1: docs/bundle.md is the specification. */

/** The first line. A later version has another number. */
export const magic = utf8('libral-bundle v1\n')

/** One letter before each frame: M, C, P, E, V, Z. */
export const frameKinds = {
  manifest: 0x4d,
  checkpoint: 0x43,
  context: 0x50,
  entries: 0x45,
  evidence: 0x56,
  end: 0x5a,
} as const
export type FrameKind = keyof typeof frameKinds

export const frameLimits = {
  /** Payload of any frame, and so what a reader holds at once. */
  bytes: 4 * 1024 * 1024,
  manifestBytes: 64 * 1024,
  checkpointBytes: 64 * 1024,
  entries: 1_024,
  /** Where our writer begins the next frame of entries. */
  writtenBytes: 1024 * 1024,
  /** Of one proof: a tree of 2^53 leaves has no longer ones. */
  hashes: 106,
} as const

/** kind ‖ length of the payload, 4 bytes, big-endian. */
export const headBytes = 5
export const digestBytes = 32

export const firstDigest: Uint8Array = sha256(magic)

/** SHA-256(digest of the frame before ‖ head ‖ payload): stands after each frame. */
export const nextDigest = (before: Uint8Array, head: Uint8Array, payload: Uint8Array): Uint8Array =>
  sha256(before, head, payload)

/** What a bundle is made of, in the order in which it stands there. */
export type BundlePart =
  | { readonly kind: 'manifest'; readonly manifest: Manifest }
  /** The first one is the head that everything else is proved against: its size is `to` or more. */
  | {
      readonly kind: 'checkpoint'
      /** A signed note as it came. */
      readonly note: string
      /**
       * RFC 6962 consistency proof between its size and `to`, the smaller one first; empty where its size lies within
       * [from, to]: there the entries themselves show it.
       */
      readonly proof: readonly Uint8Array[]
    }
  /** An entry outside the range that names keys, in rising order. Entry 0 is in every bundle, here or in the range. */
  | {
      readonly kind: 'context'
      readonly index: number
      /** RFC 6962 audit path to the first checkpoint. */
      readonly path: readonly Uint8Array[]
      readonly bytes: Uint8Array
    }
  /** Entries [from, from + entries.length) of the range. */
  | { readonly kind: 'entries'; readonly from: number; readonly entries: readonly Uint8Array[] }
  /** What lies beside an entry of the frame before, which names it by its SHA-256 in base64url. */
  | { readonly kind: 'evidence'; readonly index: number; readonly bytes: Uint8Array }
  /** The whole file is there. */
  | { readonly kind: 'end' }
