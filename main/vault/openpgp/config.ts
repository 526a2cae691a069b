import { type Config, enums } from 'openpgp'
import { policy } from '#trust/openpgp/policy.ts'

/** What the vault makes: SEIPDv2 with AES-256-OCB, Argon2, chunks of 256 KiB. Reading follows {@link policy} too. */
export const modern: Readonly<Config> = Object.freeze({
  ...policy,
  aeadProtect: true,
  preferredAEADAlgorithm: enums.aead.ocb,
  preferredSymmetricAlgorithm: enums.symmetric.aes256,
  preferredHashAlgorithm: enums.hash.sha512,
  preferredCompressionAlgorithm: enums.compression.uncompressed,
  s2kType: enums.s2k.argon2,
  // 64 MiB, three passes, four lanes: RFC 9106's second recommended option.
  s2kArgon2Params: { passes: 3, parallelism: 4, memoryExponent: 16 },
  aeadChunkSizeByte: 12,
})

/** For version 4 companions that GnuPG 2.2 must read: SEIPDv1 and iterated S2K. */
export const gnupg: Readonly<Config> = Object.freeze({
  ...modern,
  v6Keys: false,
  aeadProtect: false,
  s2kType: enums.s2k.iterated,
  s2kIterationCountByte: 255,
})
