import type { OpenedSessionKey } from '#main/vault/openpgp/key-access.ts'
import type { SealedEntry } from '#main/vault/sealed/contract.ts'
import type { BundleProgress, BundleVerdict, Manifest, TrustedKey } from '#protocol/bundle.ts'
import type { Failure } from '#protocol/errors.ts'
import type {
  CertificateWish,
  EntryView,
  PolicyVersion,
  ReviewFilter,
  ReviewQuery,
  ReviewRow,
  ReviewSummary,
  SampleOrder,
} from '#protocol/review.ts'
import type { Facet } from './entry-index.ts'

/** What passes between the main side and the worker that holds one open bundle. */

export interface ReviewWorkerOptions {
  /** Read from its beginning, twice; never written. */
  readonly file: string
  /** Of the OpenPGP message that the file is; null: it lies there in the clear. */
  readonly sessionKey: OpenedSessionKey | null
  /** Program of the threads of a verification. */
  readonly threads: string
  /** Existing, empty, of this worker alone. */
  readonly directory: string
  /** 32 bytes in hexadecimal, for this one review. */
  readonly key: string
  readonly trusted: readonly TrustedKey[]
}

/** What came of reading and verifying. */
export interface Verified {
  readonly verdict: BundleVerdict
  readonly summary: ReviewSummary
}

/** How an entry is shown, without the notes, which lie with the main side. */
export type CoreView = Omit<EntryView, 'note'>

/** A certificate that is about to be written. */
export interface Certificate {
  readonly manifest: Pick<Manifest, 'origin' | 'kind' | 'from' | 'to'>
  /** Of the file. */
  readonly bytes: number
}

/** Who a log is and whom it registered, as far as the bundle tells. */
export interface LogNames {
  readonly deployments: readonly string[]
  readonly certificates: readonly {
    readonly operator: string
    readonly fingerprint: string
    /** Transferable public key in base64url. */
    readonly certificate: string
  }[]
}

/** What the entry of a hand-over of keys says. */
export interface HandOverFound {
  readonly index: number
  readonly standing: ReviewRow['standing']
  readonly operator: string
  readonly class: string
  readonly from: number
  readonly to: number
  readonly fingerprint: string
}
export type SealedFound = SealedEntry

export interface ReviewCalls {
  query(query: ReviewQuery): { rows: ReviewRow[]; next: number | null }
  count(filter: ReviewFilter): { readonly count: number; readonly capped: boolean }
  /** Exact, however long it takes: for what is put on paper. */
  total(filter: ReviewFilter): number
  /** @throws LibralError `log.out-of-range` */
  entry(index: number): Promise<CoreView>
  facets(): { actors: Facet[]; commands: Facet[] }
  policies(): PolicyVersion[]
  sample(order: SampleOrder): { population: number; rows: ReviewRow[] }
  noted(indexes: readonly number[]): void
  /**
   * Begins a certificate in place of the one before: its pieces are fetched by {@link ReviewCalls.certificatePiece}.
   * @throws LibralError `bundle.failed`, `log.out-of-range`, `bundle.changed`, `bundle.cancelled`
   */
  certify(wish: CertificateWish): Promise<Certificate>
  /** null: that was all of it, or it was ended. */
  certificatePiece(): Promise<Uint8Array | null>
  certificateEnd(): Promise<void>
  logNames(): LogNames
  /** The entry of a hand-over by its command's id; null: it is not in the range. */
  handOver(command: string): HandOverFound | null
  /** @throws LibralError `log.out-of-range`, `sealed.not-handed-over` */
  sealed(index: number): SealedFound
}
export type ReviewCall = keyof ReviewCalls
/** What the main side gets. */
export type ReviewAnswer<Name extends ReviewCall> = Promise<Awaited<ReturnType<ReviewCalls[Name]>>>

export interface ToReviewWorker {
  readonly id: number
  readonly name: ReviewCall
  readonly args: readonly unknown[]
}
export type FromReviewWorker =
  | { readonly t: 'progress'; readonly progress: BundleProgress }
  | ({ readonly t: 'open' } & Verified)
  /** It can't be opened; the worker ends. */
  | { readonly t: 'failed'; readonly failure: Failure }
  | { readonly t: 'reply'; readonly id: number; readonly value: unknown }
  | { readonly t: 'refusal'; readonly id: number; readonly failure: Failure }
