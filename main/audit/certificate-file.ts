import { readCertificates } from '#main/vault/stateless/material.ts'

/** The fingerprints of the certificates in a file, armored or not. @throws LibralError `keys.not-a-key` */
export const fingerprintsIn = async (bytes: Uint8Array): Promise<readonly string[]> =>
  (await readCertificates(bytes)).map((it) => it.getFingerprint())
