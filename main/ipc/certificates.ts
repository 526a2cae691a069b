import { readFile } from 'node:fs/promises'
import type { CertificateFacts } from '#protocol/certificates.ts'
import { deploymentWords } from '#protocol/deployments.ts'
import { LibralError } from '#protocol/errors.ts'
import { deploymentIdSchema } from '#protocol/ids.ts'
import { procedures } from './procedures.ts'

const { certificates: contract } = procedures

/** Loaded with its OpenPGP library when somebody reads one. */
const factsOf = async (bytes: Uint8Array): Promise<CertificateFacts> => {
  const { readCertificate } = await import('#trust/openpgp/certificate.ts')
  return readCertificate(bytes, Date.now())
}

/** Certificates on their way to being registered. */
export const certificates = {
  readFile: contract.readFile.handler(async ({ context: { services, window } }) => {
    const file = await services.keys.chooseOpen(window, 'certificate')
    const bytes = await readFile(file).catch((cause: unknown) => {
      throw new LibralError('session.certificate-invalid', { reason: 'unreadable' }, { cause })
    })
    return factsOf(bytes)
  }),
  ofKey: contract.ofKey.handler(async ({ context: { services, window }, input }) => {
    const { text } = await services.keys.call(window, (client) => client.armored(input))
    return factsOf(Buffer.from(text))
  }),
  prove: contract.prove.handler(async ({ context: { services, window }, input }) => {
    const { deployment } = services.state.current()
    const wish = {
      ...{ ...input, deployment: deploymentWords(deployment), now: await services.desk.commands.now() },
      context: deploymentIdSchema.parse(deployment.id),
    }
    const { proof } = await services.keys.call(window, (client) => client.possess(wish))
    services.keys.proofs.add(proof.value)
    return proof
  }),
}
