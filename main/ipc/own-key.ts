import { type CertificateRow, certificateRefusal, certificates } from '#protocol/certificates.ts'
import { LibralError } from '#protocol/errors.ts'
import { operators } from '#protocol/session.ts'
import type { CallContext, Services } from './services.ts'

/** Asks to unlock where the vault is locked. @throws LibralError `vault.absent`, `vault.declined` */
export const unlockFirst = async ({ services: { keys }, window }: CallContext): Promise<void> => {
  const { state } = keys.state()
  if (state === 'absent') throw new LibralError('vault.absent')
  if (state !== 'unlocked') await keys.open(window, (client) => client.unlock({}))
}

/** The backend's clock, as far as this desktop knows it. */
export const backendTime = ({ desk }: Pick<Services, 'desk'>): number => Date.now() + desk.state().link.skewMs

/**
 * What the signed-in operator may sign with there, as far as this desktop knows.
 * @throws LibralError `signing.not-registered`, `signing.revoked`
 */
export const ownFingerprints = async (services: Pick<Services, 'desk'>): Promise<readonly string[]> => {
  const { desk } = services
  const { rows } = await desk.rows.query({
    filter: {
      ...{ collection: certificates.name, range: null, text: '' },
      where: { operator: [desk.state().session?.operator ?? ''] },
    },
    sort: { field: null, descending: false },
    after: null,
    limit: 100,
  })
  const own = rows as unknown as readonly CertificateRow[]
  const valid = own.filter((row) => certificateRefusal(row, backendTime(services)) === null)
  if (valid.length > 0) return valid.map(({ fingerprint }) => fingerprint).slice(0, 64)
  throw new LibralError(own.length > 0 ? 'signing.revoked' : 'signing.not-registered')
}

/** Names of operators by id, as this desktop's copy of the deployment tells them. */
export const namesOf = async ({ desk }: Pick<Services, 'desk'>, ids: readonly string[]) => {
  const names: Record<string, string> = {}
  for (const id of new Set(ids)) {
    const row = (await desk.rows.get(operators.name, id)) as { readonly name: string } | null
    if (row !== null) names[id] = row.name
  }
  return names
}
