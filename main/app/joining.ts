import { randomBytes } from 'node:crypto'
import type { Certification, Identity, Target } from '#main/link/desk.ts'
import { introduce } from '#main/link/introduce.ts'
import { redeemCode } from '#main/link/redeem.ts'
import { readCertificate } from '#main/link/tls.ts'
import type { RemoteEntry } from '#main/settings/deployments-file.ts'
import { type CertificateFacts, enrolCertificate, type PossessionProof } from '#protocol/certificates.ts'
import {
  type Certificate,
  type DeploymentKey,
  type NewDeployment,
  type OperatorKey,
  operatorKeySchema,
} from '#protocol/deployments.ts'
import { LibralError } from '#protocol/errors.ts'
import { bytes32Schema, deploymentIdSchema } from '#protocol/ids.ts'
import { earlierKeys } from '#trust/log-keys.ts'
import type { CodeAnswer } from './code-dialog.ts'
import type { Deployment } from './deployment-unit.ts'
import type { Deployments } from './deployments.ts'
import type { RemoteDeployment } from './remote-deployment.ts'
import type { TrustQuestion } from './trust-dialog.ts'

/** What an operator is asked in main's own windows. */
export interface Asking {
  trust(question: TrustQuestion): Promise<boolean>
  /** @returns null when it was cancelled */
  token(name: string): Promise<string | null>
  code(name: string): Promise<CodeAnswer | null>
  /** Unlocks the vault, and certifies a session key by the operator's own. */
  certify(entry: RemoteEntry, key: OperatorKey): Promise<Certification>
  /** Has the operator's own key sign that it is theirs, and reads its certificate. */
  prove(
    entry: RemoteEntry,
    key: OperatorKey,
  ): Promise<{ readonly facts: CertificateFacts; readonly proof: PossessionProof }>
  /** How this desktop names itself to a backend. */
  readonly client: string
}

type Address = RemoteEntry['addresses'][number]

const withinMs = 8_000
const signInMs = 30_000

/**
 * Adds a deployment: looks at every address's certificate, asks for trust and token, and keeps it only once its
 * backend has let the operator in.
 * @throws LibralError `deployments.cancelled`, `deployments.exists`, `deployments.addresses-differ`, `link.*`, `session.*`
 */
export async function joinDeployment(
  wish: NewDeployment,
  deployments: Deployments,
  ask: Asking,
): Promise<DeploymentKey> {
  const addresses = await vouched(wish.addresses, [], ask)
  const identity = await identityAt(addresses)
  const key = keyOf(identity)
  if (deployments.all().some((it) => it.key === key)) throw new LibralError('deployments.exists')
  const { name, colour } = wish
  const kept = { key, name, colour, addresses, identity: checked(identity) }
  const credential = await askCredential(wish, kept, ask)
  const operatorKey = 'certification' in credential ? wish.key : null
  const unit = await deployments.add({ ...kept, operatorKey })
  let usedUp = false
  try {
    usedUp = await present(unit, credential, addresses, ask.client)
    await letIn(unit)
  } catch (error) {
    // The code's token is the only way in: it stays, with its deployment, but where the backend says that it knows none.
    const unknown = error instanceof LibralError && error.code === 'session.token-wrong'
    if (!usedUp || unknown) await deployments.remove(key)
    throw error
  }
  // From here on the deployment stays, whatever becomes of the key.
  if ('code' in credential && credential.code !== null && wish.key !== null) {
    const own = registerOwn(unit, { ...kept, operatorKey: null }, wish.key.fingerprint, { deployments, ask })
    await own.catch((thrown: unknown) => {
      if (!(thrown instanceof LibralError && thrown.code === 'vault.declined')) throw thrown
    })
  }
  return key
}

type Credential =
  | { readonly token: string; readonly code: CodeAnswer | null }
  | { readonly certification: Certification }

/**
 * A code is used up with a token that is made here; a key certifies a session; otherwise the token is what the
 * administrator handed over.
 */
export async function askCredential(
  { method, key }: Pick<NewDeployment, 'method' | 'key'>,
  entry: Omit<RemoteEntry, 'operatorKey'>,
  ask: Asking,
): Promise<Credential> {
  const { name } = entry
  if (method === 'key') {
    if (key === null) throw new LibralError('input.invalid', { field: 'key' })
    return { certification: await ask.certify({ ...entry, operatorKey: key }, key) }
  }
  const code = method === 'code' ? await ask.code(name) : null
  const token = method === 'code' ? randomBytes(32).toString('base64url') : await ask.token(name)
  if (token === null || (method === 'code' && code === null)) throw new LibralError('deployments.cancelled')
  return { token, code }
}

/** Presents what lets in, and waits until the backend has let us in. */
export async function admit(
  unit: RemoteDeployment,
  credential: Credential,
  addresses: readonly Address[],
  client: string,
): Promise<void> {
  await present(unit, credential, addresses, client)
  await letIn(unit)
}

/**
 * Keeps the token, and uses the code up where there is one.
 * @returns whether a code was, or may have been: the answer can get lost
 */
async function present(
  unit: RemoteDeployment,
  credential: Credential,
  addresses: readonly Address[],
  client: string,
): Promise<boolean> {
  const [first] = addresses
  if ('certification' in credential) unit.enter(credential.certification)
  else if (credential.code === null || first === undefined) await unit.takeToken(credential.token)
  else {
    const { code, token } = credential
    await unit.keepToken(token)
    await redeemCode(targetOf(first), { ...code, token, label: client.slice(0, 80), client })
    unit.redial()
    return true
  }
  return false
}

/** An administrator who has come in by a code registers their own key, and signs in by it from then on. */
async function registerOwn(
  unit: RemoteDeployment,
  entry: RemoteEntry,
  fingerprint: string,
  { deployments, ask }: { readonly deployments: Deployments; readonly ask: Asking },
): Promise<void> {
  const operatorKey = operatorKeySchema.parse({ operator: unit.slot.state().session?.operator, fingerprint })
  const { facts, proof } = await ask.prove(entry, operatorKey)
  const sent = await unit.slot.commands.submit(enrolCertificate.name, { ...facts, proof })
  if (sent.state !== 'accepted')
    throw new LibralError(sent.failure?.code ?? 'link.time-out', sent.failure?.params ?? {})
  const certification = await ask.certify(entry, operatorKey)
  await deployments.change(entry.key, { operatorKey })
  unit.enter(certification)
  await letIn(unit)
}

/** Certifies a new session key where an OpenPGP key lets in, and begins another session elsewhere. */
export async function signInAgain(unit: Deployment, entry: RemoteEntry | null, ask: Asking): Promise<void> {
  if (entry === null || entry.operatorKey === null) unit.reconnect()
  else (unit as RemoteDeployment).enter(await ask.certify(entry, entry.operatorKey))
  await letIn(unit)
}

/** New addresses of a deployment that is known: certificates are asked about, and it must be the same deployment. */
export async function changeAddresses(
  key: DeploymentKey,
  urls: readonly string[],
  { deployments, known, ask }: { deployments: Deployments; known: RemoteEntry; ask: Asking },
): Promise<void> {
  const before = known.addresses.filter(({ url }) => urls.includes(url))
  const fresh = await vouched(
    urls.filter((url) => !before.some((it) => it.url === url)),
    known.addresses,
    ask,
  )
  const { deployment, logKey } = known.identity
  for (const address of fresh) await sameAs({ deployment, logKey }, address)
  const all = [...before, ...fresh]
  const addresses = urls.flatMap((url) => all.filter((it) => it.url === url))
  await deployments.change(key, { addresses })
}

/** Shows the certificate that an address presents now, and pins it when the operator says so. */
export async function reviewCertificate(
  key: DeploymentKey,
  url: string,
  { deployments, known, ask }: { deployments: Deployments; known: RemoteEntry; ask: Asking },
): Promise<void> {
  const pinned = known.addresses.find((it) => it.url === url)?.certificate
  if (pinned === undefined || !isSecure(url)) throw new LibralError('deployments.unknown')
  const { certificate, vouchedFor } = await readCertificate(new URL(url), withinMs)
  const agreed = await ask.trust({ address: url, presented: certificate, pinned, vouchedFor })
  if (!agreed) throw new LibralError('deployments.cancelled')
  const addresses = known.addresses.map((it) => (it.url === url ? { url, certificate } : it))
  await deployments.change(key, { addresses })
}

const isSecure = (url: string): boolean => url.startsWith('wss:')

/** One question for each certificate that nobody vouches for and that is not pinned already. */
async function vouched(urls: readonly string[], known: readonly Address[], ask: Asking): Promise<Address[]> {
  const accepted = new Map<string, Certificate>()
  for (const { certificate } of known) if (certificate) accepted.set(certificate.fingerprint, certificate)
  const addresses: Address[] = []
  for (const url of urls) addresses.push({ url, certificate: await pinFor(url, accepted, ask) })
  return addresses
}

async function pinFor(url: string, accepted: Map<string, Certificate>, ask: Asking): Promise<Certificate | null> {
  if (!isSecure(url)) return null
  const { certificate, vouchedFor } = await at(url, () => readCertificate(new URL(url), withinMs))
  if (vouchedFor) return null
  if (accepted.has(certificate.fingerprint)) return certificate
  const agreed = await ask.trust({ address: url, presented: certificate, pinned: null, vouchedFor })
  if (!agreed) throw new LibralError('deployments.cancelled')
  accepted.set(certificate.fingerprint, certificate)
  return certificate
}

const targetOf = ({ url, certificate }: Address): Target => ({
  kind: 'address',
  url,
  pin: certificate?.fingerprint ?? null,
})

async function identityAt(addresses: readonly Address[]): Promise<Identity> {
  const [first, ...more] = addresses
  if (first === undefined) throw new LibralError('input.invalid')
  const { deployment, logKey } = await at(first.url, () => introduce(targetOf(first)))
  for (const address of more) await sameAs({ deployment, logKey }, address)
  return { deployment, logKey }
}

async function sameAs(known: Identity, address: Address): Promise<void> {
  const found = await at(address.url, () => introduce(targetOf(address)))
  const keys = [found.logKey, ...earlierKeys(found.deployment, found.logKey, found.handovers ?? [])]
  if (found.deployment !== known.deployment || !keys.includes(known.logKey))
    throw new LibralError('deployments.addresses-differ', { address: address.url })
}

/** Says which of the addresses did not answer. */
async function at<T>(address: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof LibralError && ['link.offline', 'link.time-out'].includes(error.code))
      throw new LibralError('deployments.unreachable', { address }, { cause: error })
    throw error
  }
}

const keyOf = ({ deployment }: Identity): RemoteEntry['key'] => deployment.slice('libral:'.length)

const checked = ({ deployment, logKey }: Identity): RemoteEntry['identity'] => ({
  deployment: deploymentIdSchema.parse(deployment),
  logKey: bytes32Schema.parse(logKey),
})

/** Resolves once the backend has let us in; rejects with why it did not. */
function letIn({ slot }: Pick<Deployment, 'slot'>): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (done: () => void): void => {
      clearTimeout(limit)
      dispose()
      done()
    }
    const look = (): void => {
      const { link, session } = slot.state()
      if (session !== null && !session.locked && ['syncing', 'live'].includes(link.state)) settle(resolve)
      else if (link.state === 'stopped')
        settle(() => reject(new LibralError(link.failure?.code ?? 'link.offline', link.failure?.params ?? {})))
    }
    const limit = setTimeout(() => settle(() => reject(new LibralError('link.time-out'))), signInMs)
    const dispose = slot.onState(look)
    look()
  })
}
