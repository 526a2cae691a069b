import { v7 as uuidv7 } from 'uuid'
import type { PossessionProof } from '#protocol/certificates.ts'
import { issuedBy, type SignedCommand } from '#protocol/command.ts'
import { commandIdSchema } from '#protocol/ids.ts'
import { certifyKey, sessionLimits } from '#protocol/session.ts'
import { toBase64url } from '#trust/bytes.ts'
import { possessionOf } from '#trust/certificate-possession.ts'
import { stateCommand } from '#trust/statement.ts'
import { certification, possession } from '../ask/certifying.ts'
import { knownKeys } from '../messages/known-keys.ts'
import { signLocked } from '../openpgp/context-lock.ts'
import type { Vault } from '../vault.ts'
import type { CertificationWish, PossessionWish } from './contract.ts'

/** How long the signed statement may take to reach the backend, also over a link that comes and goes. */
const statementMs = 10 * 60_000

/** The person said yes in the vault's window, which is closed before a PIN is asked. */
const agreed = async (): Promise<true> => true

/**
 * States the certification of a session key, draws it for the person, and signs what was drawn.
 * @throws LibralError `vault.declined`, `keys.unknown`, `openpgp.signer-unusable`, and what a card or token says
 */
export async function certify(vault: Vault, wish: CertificationWish): Promise<SignedCommand> {
  const known = await knownKeys(vault)
  const access = known.signer(wish.fingerprint)
  const end = await access.certificate.getExpirationTime()
  const issuedAt = issuedBy(wish.now, access.certificate.getCreationTime().getTime())
  const life = issuedAt + sessionLimits.lifeMs
  const expiresAt = end instanceof Date ? Math.min(life, end.getTime()) : life
  const { key, publicKey, client } = wish
  const stated = stateCommand({
    context: wish.context,
    command: certifyKey.name,
    params: { key, publicKey, client, expiresAt },
    id: commandIdSchema.parse(uuidv7()),
    operator: wish.operator,
    issuedAt,
    expiresAt: issuedAt + statementMs,
  })
  const params = certifyKey.params.parse(stated.params)
  await vault.ask(certification(stated.statement, params, wish.deployment, access.certificate, vault.say), agreed)
  const value = toBase64url(await signLocked(stated.statement, access))
  return { ...stated, signatures: [{ kind: 'openpgp', key: wish.fingerprint, value }] }
}

interface Possessed {
  readonly proof: PossessionProof
  readonly certificate: string
}

/** Signs that the certificate is the operator's there. @throws LibralError as {@link certify} */
export async function possess(vault: Vault, wish: PossessionWish): Promise<Possessed> {
  const known = await knownKeys(vault)
  const access = known.signer(wish.fingerprint)
  const issuedAt = issuedBy(wish.now, access.certificate.getCreationTime().getTime())
  const times = { issuedAt, expiresAt: issuedAt + statementMs }
  const statement = possessionOf(wish.context, wish.fingerprint, wish.operator, times)
  await vault.ask(possession(statement, wish.deployment, access.certificate, vault.say), agreed)
  const proof = { ...times, value: toBase64url(await signLocked(statement, access)) }
  return { proof, certificate: toBase64url(access.certificate.write() as Uint8Array) }
}
