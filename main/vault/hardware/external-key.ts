/** Public numbers of a key that lies elsewhere; big endian. `nistp256`: 65 bytes with 04 in front; curves: 32 bytes. */
export type ExternalPublic =
  | { readonly kind: 'rsa'; readonly n: Uint8Array; readonly e: Uint8Array }
  | { readonly kind: 'nistp256' | 'ed25519' | 'x25519'; readonly point: Uint8Array }

/** libgcrypt's and PKCS#11's numbers of a signature, of any length; RSA has only `s`. */
export interface ExternalSignature {
  readonly r: Uint8Array | null
  readonly s: Uint8Array
}

/**
 * A private key in gpg-agent, on a card or in an HSM. What it can't do, it lacks. Failures are LibralErrors of the
 * group `hardware`.
 */
export interface ExternalKey {
  readonly public: ExternalPublic
  /** Part of the fingerprint: stored with the key, never "now". Whole seconds. */
  readonly createdAt: Date
  /** @param hash OpenPGP's number of the hash that made the digest */
  readonly sign?: (hash: number, digest: Uint8Array) => Promise<ExternalSignature>
  /** RSA: takes the PKCS#1 padding away too. */
  readonly unwrap?: (cryptogram: Uint8Array) => Promise<Uint8Array>
  /** ECDH: the shared x coordinate. `point` has 04 or 40 in front. */
  readonly agree?: (point: Uint8Array) => Promise<Uint8Array>
}
