import { randomUUID } from 'node:crypto'
import { relative, sep } from 'node:path'
import { implement } from '@orpc/server'
import type { Key } from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import { entryIn } from '../entries.ts'
import { importKeys } from '../imports.ts'
import { parseStored } from '../keyring/listing.ts'
import type { Vault } from '../vault.ts'
import { wkdVaultContract } from './contract.ts'
import { lookUp } from './lookup.ts'
import { publishTree } from './publish.ts'

const os = implement(wkdVaultContract).$context<{ readonly vault: Vault }>()

/** Answers that are kept for a person to decide on. */
const keptAnswers = 8
const answers = new Map<string, readonly Key[]>()

function keep(certificates: readonly Key[]): string {
  const id = randomUUID()
  answers.set(id, certificates)
  for (const oldest of answers.keys()) {
    if (answers.size <= keptAnswers) break
    answers.delete(oldest)
  }
  return id
}

/** 公開: Web Key Directories. Failures are LibralErrors. */
export const wkdRouter = os.router({
  lookUp: os.lookUp.handler(async ({ context: { vault }, input: { address } }) => {
    const { entries } = vault.keyring().current()
    const known = new Set(entries.flatMap((it) => it.certificates.map(({ fingerprint }) => fingerprint)))
    const { certificates, method, host } = await lookUp(address, vault.wkd)
    return {
      id: keep(certificates),
      method,
      host,
      certificates: certificates.map((it) => ({
        fingerprint: it.getFingerprint(),
        version: it.keyPacket.version === 6 ? (6 as const) : (4 as const),
        userIds: it.getUserIDs(),
        createdAt: it.getCreationTime().getTime(),
        known: known.has(it.getFingerprint()),
      })),
    }
  }),
  take: os.take.handler(async ({ context: { vault }, input: { id } }) => {
    const keyring = vault.keyring()
    const certificates = answers.get(id)
    if (certificates === undefined) throw new LibralError('wkd.not-found')
    return importKeys(certificates, { ...vault, keyring })
  }),
  publish: os.publish.handler(async ({ context: { vault }, input: { ids, domain, method, folder } }) => {
    const keyring = vault.keyring()
    const stored = ids.flatMap((id) => entryIn(keyring, id).certificates)
    const certificates = await Promise.all(stored.map(async (it) => (await parseStored(it)).toPublic()))
    const files = await publishTree(folder, certificates, domain, method)
    return { files: files.map((it) => relative(folder, it).split(sep).join('/')) }
  }),
})
