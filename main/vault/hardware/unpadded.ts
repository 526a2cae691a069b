import { LibralError } from '#protocol/errors.ts'

/** Takes EME-PKCS1-v1_5 away (RFC 8017, section 7.2.2): 00 (may lack) 02, at least 8 bytes but zero, 00, the message. */
export const unpadded = (block: Uint8Array): Uint8Array => {
  const from = block[0] === 0 ? 1 : 0
  const end = block.indexOf(0, from + 1)
  if (block[from] !== 2 || end < from + 9) throw new LibralError('openpgp.wrong-key')
  return block.subarray(end + 1)
}
