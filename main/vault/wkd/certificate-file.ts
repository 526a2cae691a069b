import { readFile } from 'node:fs/promises'
import { type Key, readKeys } from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import { policy } from '#trust/openpgp/policy.ts'

/**
 * The certificates in a file, armored or binary.
 * @throws LibralError `openpgp.read-failed`, `openpgp.malformed`
 */
export async function certificatesIn(file: string): Promise<Key[]> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new LibralError('openpgp.read-failed', {}, { cause })
  })
  const armored = bytes.subarray(0, 5).toString('latin1') === '-----'
  try {
    if (armored) return await readKeys({ armoredKeys: bytes.toString('utf8'), config: policy })
    return await readKeys({ binaryKeys: new Uint8Array(bytes), config: policy })
  } catch (cause) {
    throw new LibralError('openpgp.malformed', {}, { cause })
  }
}
