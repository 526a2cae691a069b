import type { KeyUse } from '#main/ipc/unlocked.ts'
import type { Certification, Target } from '#main/link/desk.ts'
import { introduce } from '#main/link/introduce.ts'
import type { RemoteEntry } from '#main/settings/deployments-file.ts'
import { deploymentWords, type OperatorKey } from '#protocol/deployments.ts'
import { LibralError } from '#protocol/errors.ts'
import { keyIdSchema } from '#protocol/ids.ts'
import type { Hello } from '#protocol/session.ts'
import { toBase64url } from '#trust/bytes.ts'
import { generateSigner } from '#trust/ed25519.ts'

/** Who answers there now, who has to be whom this desktop knows. @throws LibralError `log.broken`, `link.*` */
export async function greetedBy({ addresses, identity }: Pick<RemoteEntry, 'addresses' | 'identity'>): Promise<Hello> {
  let failure: unknown = new LibralError('link.offline')
  for (const { url, certificate } of addresses) {
    const target: Target = { kind: 'address', url, pin: certificate?.fingerprint ?? null }
    try {
      const hello = await introduce(target)
      if (hello.deployment !== identity.deployment || hello.logKey !== identity.logKey) {
        throw new LibralError('log.broken', { reason: 'deployment-changed' })
      }
      return hello
    } catch (thrown) {
      failure = thrown
      if (thrown instanceof LibralError && thrown.code === 'log.broken') throw thrown
    }
  }
  throw failure
}

/**
 * Makes a session key and has the operator's OpenPGP key certify it, after the person's word in the vault's window.
 * @throws LibralError `vault.*`, `keys.*`, `openpgp.signer-unusable`, `hardware.*`
 */
export async function certifiedBy(
  keys: KeyUse,
  window: number,
  hello: Hello,
  label: string,
  { operator, fingerprint }: OperatorKey,
  client: string,
): Promise<Certification> {
  const signer = generateSigner()
  const wish = {
    ...{
      context: hello.deployment,
      deployment: deploymentWords({ label, name: hello.name }),
      operator,
      fingerprint,
      now: hello.now,
      client,
    },
    ...{ key: keyIdSchema.parse(signer.keyId), publicKey: toBase64url(signer.publicKey) },
  }
  return { signer, command: await keys.call(window, (vault) => vault.certify(wish)) }
}
