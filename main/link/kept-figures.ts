import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { writeWhole } from '#main/settings/json-file.ts'
import { inventorySchema, sampleSchema } from '#protocol/telemetry.ts'

/**
 * The last figures of a deployment in a small encrypted file beside the replica: the next start shows them, as stale,
 * before the replica's worker and the link are even loaded.
 */
const keptSchema = z.strictObject({
  deployment: z.strictObject({ id: z.string(), name: z.string() }).nullable(),
  sample: sampleSchema.nullable(),
  inventory: inventorySchema.nullable(),
})
export type KeptFigures = z.infer<typeof keptSchema>

export const noFigures: KeptFigures = { deployment: null, sample: null, inventory: null }

const fileName = 'figures.kept'
const nonceBytes = 12
const tagBytes = 16

const keyOf = (storageKey: Uint8Array): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', storageKey, new Uint8Array(), 'libral kept figures v1', 32))

/**
 * @param storageKey 32 bytes, the replica's
 * @returns nothing where there is no file, or none that this key and this version can read
 */
export const readFigures = (directory: string, storageKey: Uint8Array): KeptFigures => {
  try {
    const bytes = readFileSync(join(directory, fileName))
    const opening = createDecipheriv('aes-256-gcm', keyOf(storageKey), bytes.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    })
    opening.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
    const text = Buffer.concat([opening.update(bytes.subarray(nonceBytes + tagBytes)), opening.final()])
    return keptSchema.parse(JSON.parse(text.toString('utf8')))
  } catch {
    return noFigures
  }
}

/** Nonce, tag, ciphertext, in a file that is there whole or not at all. A failure to write costs only the figures. */
export const writeFigures = async (directory: string, storageKey: Uint8Array, figures: KeptFigures): Promise<void> => {
  const nonce = randomBytes(nonceBytes)
  const sealing = createCipheriv('aes-256-gcm', keyOf(storageKey), nonce)
  const sealed = Buffer.concat([sealing.update(JSON.stringify(figures), 'utf8'), sealing.final()])
  await writeWhole(join(directory, fileName), Buffer.concat([nonce, sealing.getAuthTag(), sealed])).catch(() => {})
}
