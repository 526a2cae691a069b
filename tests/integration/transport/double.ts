import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FeedOpening, FeedSubscription, Kernel, Principal } from '#backend/kernel/kernel.ts'
import type { TransportLimits } from '#backend/transport/limits.ts'
import type { ConnectedClient, Log, MeteredCall, Services } from '#backend/transport/services.ts'
import { startTransport, type Transport } from '#backend/transport/transport.ts'
import type { Outcome, SignedCommand } from '#protocol/command.ts'
import { LibralError, type SafeParams } from '#protocol/errors.ts'
import { closeCodes, type FeedFrame } from '#protocol/feed.ts'
import { deploymentIdSchema, type KeyId, type OperatorId } from '#protocol/ids.ts'
import { type Permission, permissions, type Role } from '#protocol/permission.ts'
import { protocolVersions, type SignedIn } from '#protocol/session.ts'
import { fromBase64url, sha256, toBase64url } from '#trust/bytes.ts'
import { keyIdOf, verifySync } from '#trust/ed25519.ts'
import { sessionProofBytes } from '#trust/session-proof.ts'

/** A kernel without storage, so that the transport's own behaviour is tested alone; the real one is in host.test.ts. */
export interface Double {
  readonly address: string
  readonly transport: Transport
  readonly calls: MeteredCall[]
  readonly lines: { readonly event: string; readonly fields: SafeParams }[]
  readonly refusals: string[]
  readonly feeds: Set<FeedOpening>
  /** Who comes back lacks more than what is in memory. */
  lacking: boolean
  readonly connected: () => readonly ConnectedClient[]
  /** Replaces how commands are decided. */
  decide: (command: SignedCommand) => Promise<Outcome>
  /** Ends every session. */
  endSessions(): void
  publish(frame: FeedFrame): void
  stop(): Promise<void>
}

export const secrets = { administrator: 'secret-of-the-administrator', operator: 'secret-of-the-operator' } as const

export const granted: Readonly<Record<Role, readonly Permission[]>> = {
  administrator: permissions,
  operator: ['events.read', 'hub.read'],
  custodian: [],
  auditor: [],
}

export const startDouble = async (limits: Partial<TransportLimits> = {}): Promise<Double> => {
  const directory = await mkdtemp(join(tmpdir(), 'libral-transport-'))
  const parts = new DoubleParts()
  const transport = await startTransport({
    kernel: parts.kernel,
    services: parts.services,
    listen: [{ kind: 'pipe', path: join(directory, 's', 'core.sock') }],
    log: parts.log,
    limits,
  })
  return {
    address: transport.addresses[0] ?? '',
    transport,
    calls: parts.calls,
    lines: parts.lines,
    refusals: parts.refusals,
    feeds: parts.feeds,
    connected: () => parts.connected(),
    get lacking() {
      return parts.lacking
    },
    set lacking(lacking) {
      parts.lacking = lacking
    },
    get decide() {
      return parts.decide
    },
    set decide(decide) {
      parts.decide = decide
    },
    endSessions: () => parts.principals.clear(),
    publish: (frame) => {
      const text = JSON.stringify(frame)
      for (const feed of parts.feeds) parts.send(feed, text)
    },
    stop: async () => {
      await transport.drain()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

class DoubleParts {
  readonly deployment = deploymentIdSchema.parse(`libral:${randomUUID()}`)
  readonly calls: MeteredCall[] = []
  readonly lines: { readonly event: string; readonly fields: SafeParams }[] = []
  readonly refusals: string[] = []
  readonly feeds = new Set<FeedOpening>()
  readonly principals = new Map<KeyId, Principal & { readonly publicKey: Uint8Array }>()
  readonly outcomes = new Map<string, Outcome>()
  lacking = false
  connected: () => readonly ConnectedClient[] = () => []
  decide = async (command: SignedCommand): Promise<Outcome> => {
    const { id } = command.statement
    const known = this.outcomes.get(id)
    if (known) return known
    const index = this.outcomes.size
    const outcome = { id, index, size: index + 1, at: Date.now() }
    this.outcomes.set(id, outcome)
    return outcome
  }

  readonly log: Log = {
    debug: () => undefined,
    info: (event, fields = {}) => this.lines.push({ event, fields }),
    warn: (event, fields = {}) => this.lines.push({ event, fields }),
    error: (event, fields = {}) => this.lines.push({ event, fields }),
  }

  send(feed: FeedOpening, text: string): void {
    if (feed.send(text) > 1024 * 1024) feed.close(closeCodes.slow, 'slow')
  }

  // Only what the transport touches; anything else it might begin to use fails the test that does.
  readonly kernel = {
    deployment: { id: this.deployment, name: 'double', logKey: new Uint8Array(32), handovers: [] },
    instance: 'double',
    onPrincipals: () => () => undefined,
    permissionsOf: (roles: readonly Role[]) => roles.flatMap((role) => granted[role]),
    principal: (key: KeyId) => this.principals.get(key),
    latest: async () => undefined,
    now: () => Date.now(),
    submit: (command: SignedCommand) => this.decide(command),
    outcome: async (id: string) => this.outcomes.get(id) ?? null,
    authorise: ({ operator, roles }: Principal, permission: Permission) => {
      const may = roles.some((role) => granted[role].includes(permission))
      if (!may) this.refusals.push(`${operator} ${permission}`)
      return may
    },
    refused: (actor: string, reason: string) => this.refusals.push(`${actor} ${reason}`),
    history: async () => ({ rows: [{ a: 1 }], next: null }),
    log: {
      head: async () => ({ size: 0, root: toBase64url(sha256()) }),
      checkpoint: async () => ({ note: 'note', proof: [] }),
      entries: async () => [],
      inclusion: async () => [sha256()],
      consistency: async () => [],
    },
    feed: {
      subscribers: () => this.feeds.size,
      publish: () => undefined,
      shed: () => undefined,
      open: async (opening: FeedOpening) => this.follow(opening),
      resume: (opening: FeedOpening) => (this.lacking ? undefined : this.follow(opening)),
    },
  } as unknown as Kernel

  readonly services: Services = {
    holder: async () => {
      throw new LibralError('session.token-wrong')
    },
    payments: () => {
      throw new LibralError('module.stopped', { module: 'payments' })
    },
    hello: (nonce) => ({
      protocol: protocolVersions,
      deployment: this.deployment,
      name: 'double',
      instance: 'double',
      logKey: toBase64url(new Uint8Array(32)),
      now: Date.now(),
      nonce,
    }),
    signIn: async (request, { nonce }) => {
      const publicKey = fromBase64url(request.publicKey)
      this.checkProof(publicKey, nonce, request.proof)
      const role = (['administrator', 'operator'] as const).find(
        (name) => 'secret' in request && secrets[name] === request.secret,
      )
      if (!role) throw new LibralError('session.secret-wrong')
      return this.enter(role, publicKey)
    },
    resume: async ({ key, proof }, { nonce }) => {
      const known = this.principals.get(key)
      if (!known) throw new LibralError('session.ended')
      this.checkProof(known.publicKey, nonce, proof)
      return { ...this.enter(known.roles[0] ?? 'operator', known.publicKey), client: 'resumed' }
    },
    current: async (principal) => {
      const known = this.principals.get(principal.key)
      if (!known) throw new LibralError('session.ended')
      return known
    },
    telemetryRange: async ({ metrics }) => ({
      resolution: 1,
      at: [],
      series: metrics.map((metric) => ({ metric, min: [], mean: [], max: [] })),
    }),
    inventory: () => {
      throw new TypeError('a message with the password hunter2')
    },
    meter: (call) => this.calls.push(call),
    clients: (connected) => {
      this.connected = connected
    },
  }

  follow(opening: FeedOpening): FeedSubscription {
    this.feeds.add(opening)
    opening.send(JSON.stringify({ t: 'opened', size: 0, now: Date.now(), collections: {} }))
    return {
      page: async (collection) => {
        if (collection === 'missing') throw new LibralError('collection.unknown')
        opening.send(JSON.stringify({ t: 'page', collection, epoch: 1, rows: [], next: null, settled: 0 }))
      },
      end: () => this.feeds.delete(opening),
    }
  }

  enter(role: Role, publicKey: Uint8Array): SignedIn {
    const key = keyIdOf(publicKey)
    const principal = { operator: role as OperatorId, name: role, roles: [role], key, expiresAt: Date.now() + 60_000 }
    this.principals.set(key, { ...principal, publicKey })
    return { ...principal, roles: [...principal.roles], permissions: [...granted[role]] }
  }

  checkProof(publicKey: Uint8Array, nonce: string, proof: string): void {
    if (!verifySync(publicKey, sessionProofBytes(this.deployment, nonce), fromBase64url(proof))) {
      throw new LibralError('session.proof-wrong')
    }
  }
}
