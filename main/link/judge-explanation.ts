import type { Replica } from '#main/replica/replica.ts'
import { certificates } from '#protocol/certificates.ts'
import type { Restoration } from '#protocol/log.ts'
import { operators } from '#protocol/session.ts'
import type { SignedBy } from '#trust/restoration-signer.ts'

/**
 * By whom the explanation of a restored backup is signed, as this desktop's replica knows people from before the break:
 * what the restored log says of them does not count.
 */
export const judgeExplanation =
  (replica: Pick<Replica, 'call'>) =>
  async (restoration: Restoration): Promise<SignedBy> => {
    // OpenPGP is no part of the way to the first paint.
    const [{ registeredKey }, { signedBy }] = await Promise.all([
      import('#trust/openpgp/certificate.ts'),
      import('#trust/restoration-signer.ts'),
    ])
    return signedBy(restoration, async (fingerprint) => {
      const row = certificates.schema.safeParse(await replica.call('get', certificates.name, fingerprint)).data
      if (row === undefined || row.state !== 'valid' || row.operator !== restoration.statement.operator) return null
      const person = operators.schema.safeParse(await replica.call('get', operators.name, row.operator)).data
      const administrator = person?.disabled === false && person.roles.includes('administrator')
      return { key: await registeredKey(row.certificate), operator: row.operator, ended: null, administrator }
    })
  }
