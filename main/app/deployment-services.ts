import { BrowserWindow } from 'electron'
import type { Services } from '#main/ipc/services.ts'
import { type KeyUse, unlocked } from '#main/ipc/unlocked.ts'
import type { DeploymentsFile, RemoteEntry } from '#main/settings/deployments-file.ts'
import { demoKey, embeddedKey } from '#protocol/deployment-keys.ts'
import { type DeploymentKey, deploymentWords } from '#protocol/deployments.ts'
import { LibralError } from '#protocol/errors.ts'
import { fromBase64url } from '#trust/bytes.ts'
import { clientName } from './deployment.ts'
import type { Deployments } from './deployments.ts'
import type { Asking } from './joining.ts'
import type { Shown } from './shown.ts'
import type { Say } from './texts.ts'

/** What windows may ask about deployments. What it takes to join one is loaded when somebody does. */
export function createDeploymentServices(parts: {
  readonly deployments: Deployments
  readonly shown: Shown
  readonly file: DeploymentsFile
  readonly say: Say
  readonly keys: KeyUse
}): Services['deployments'] {
  const { deployments, shown, file, say, keys } = parts
  const asking = (window: number): Asking => {
    const parent = BrowserWindow.fromId(window)
    return {
      trust: async (question) => (await import('./trust-dialog.ts')).askTrust(question, say, parent),
      token: async (name) => (await import('./token-dialog.ts')).askToken(name, say, parent),
      code: async (name) => (await import('./code-dialog.ts')).askCode(name, say, parent),
      certify: async (entry, key) => {
        const { certifiedBy, greetedBy } = await import('./key-sign-in.ts')
        await unlocked(keys, window)
        return certifiedBy(keys, window, await greetedBy(entry), entry.name, key, clientName())
      },
      prove: async (entry, { operator, fingerprint }) => {
        const { greetedBy } = await import('./key-sign-in.ts')
        await unlocked(keys, window)
        const { deployment: context, name, now } = await greetedBy(entry)
        const deployment = deploymentWords({ label: entry.name, name })
        const wish = { context, deployment, operator, fingerprint, now }
        const { proof, certificate } = await keys.call(window, (vault) => vault.possess(wish))
        const { readCertificate } = await import('#trust/openpgp/certificate.ts')
        return { facts: await readCertificate(fromBase64url(certificate), now), proof }
      },
      client: clientName(),
    }
  }
  const entryOf = (key: DeploymentKey): RemoteEntry => {
    const known = file.current().remotes.find((it) => it.key === key)
    if (known === undefined) throw new LibralError('deployments.unknown')
    return known
  }

  return {
    list: (window) => deployments.list(shown.of(window)),
    onChange: deployments.onChange,
    async add(window, wish) {
      const { joinDeployment } = await import('./joining.ts')
      return joinDeployment(wish, deployments, asking(window))
    },
    async change(window, { key, addresses, name, colour }) {
      const part = { ...(name !== undefined && { name }), ...(colour !== undefined && { colour }) }
      if (Object.keys(part).length > 0) await deployments.change(key, part)
      if (addresses === undefined) return
      const { changeAddresses } = await import('./joining.ts')
      await changeAddresses(key, addresses, { deployments, known: entryOf(key), ask: asking(window) })
    },
    async renewCredential(window, key, method, operatorKey) {
      const { admit, askCredential } = await import('./joining.ts')
      const entry = entryOf(key)
      const ask = asking(window)
      const credential = await askCredential({ method, key: operatorKey }, entry, ask)
      await deployments.change(key, { operatorKey: method === 'key' ? operatorKey : null })
      await admit(deployments.remote(key), credential, entry.addresses, ask.client)
    },
    async signIn(window, key) {
      const { signInAgain } = await import('./joining.ts')
      await unlocked(keys, window)
      await signInAgain(
        deployments.get(key),
        deployments.get(key).backend === null ? entryOf(key) : null,
        asking(window),
      )
    },
    async reviewCertificate(window, key, address) {
      const { reviewCertificate } = await import('./joining.ts')
      await reviewCertificate(key, address, { deployments, known: entryOf(key), ask: asking(window) })
    },
    async show(window, key) {
      const shows = BrowserWindow.fromId(window)
      if (shows !== null && shown.of(window) !== key) await shown.show(shows, key)
    },
    openWindow: (key) => shown.open('main', key),
    async openDemo(window) {
      const { key } = await deployments.openDemo()
      await this.show(window, key)
    },
    async remove(key) {
      if (key !== demoKey) entryOf(key)
      await shown.leave(key, embeddedKey)
      await deployments.remove(key)
    },
  }
}
