import { type Key, PrivateKey, readKeys } from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import { policy } from '#trust/openpgp/policy.ts'

const block = /-----BEGIN PGP (?:PUBLIC|PRIVATE) KEY BLOCK-----[\s\S]*?-----END PGP (?:PUBLIC|PRIVATE) KEY BLOCK-----/g

/** More than any certificate; what is larger is no key file. */
export const largestImport = 8 * 1024 * 1024

/**
 * Every certificate and key in a file: armored (several blocks in a row too) or binary.
 * @throws LibralError `keys.not-a-key`, `input.too-large`
 */
export async function parseKeys(bytes: Uint8Array): Promise<Key[]> {
  if (bytes.length > largestImport) throw new LibralError('input.too-large')
  const text = Buffer.from(bytes).toString('latin1')
  const blocks = text.includes('-----BEGIN PGP') ? (text.match(block) ?? []) : null
  try {
    const read =
      blocks === null
        ? await readKeys({ binaryKeys: bytes, config: policy })
        : (await Promise.all(blocks.map((armoredKeys) => readKeys({ armoredKeys, config: policy })))).flat()
    if (read.length === 0) throw new LibralError('keys.not-a-key')
    return read
  } catch (cause) {
    throw cause instanceof LibralError ? cause : new LibralError('keys.not-a-key', {}, { cause })
  }
}

export const isSecret = (key: Key): key is PrivateKey => key instanceof PrivateKey
