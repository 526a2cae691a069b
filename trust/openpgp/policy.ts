import { type Config, config as defaults, enums } from 'openpgp'

/** Notation under which a Context-Lock statement is signed; critical, so who does not know it rejects the signature. */
export const contextLockNotation = 'context-lock@libral.invalid'

/**
 * How received OpenPGP is read and judged, everywhere. One frozen object, given to every call: the library's global
 * configuration is never changed.
 */
export const policy: Readonly<Config> = Object.freeze({
  ...defaults,
  v6Keys: true,
  knownNotations: [contextLockNotation],
  // KiB as a power of two: 1 GiB. Names of options that lift it say `allowInsecure…`.
  maxArgon2MemoryExponent: 20,
  minRSABits: 2048,
  rejectHashAlgorithms: new Set([enums.hash.md5, enums.hash.ripemd, enums.hash.sha1]),
  rejectMessageHashAlgorithms: new Set([enums.hash.md5, enums.hash.ripemd, enums.hash.sha1]),
  rejectPublicKeyAlgorithms: new Set([enums.publicKey.elgamal, enums.publicKey.dsa]),
  allowUnauthenticatedMessages: false,
  allowUnauthenticatedStream: false,
  allowInsecureDecryptionWithSigningKeys: false,
  allowInsecureVerificationWithReformattedKeys: false,
  enforceGrammar: true,
  maxDecompressedMessageSize: 64 * 1024 * 1024,
  showVersion: false,
  showComment: false,
})
