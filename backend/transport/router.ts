import { implement } from '@orpc/server'
import type { z } from 'zod'
import { backendContract } from '#protocol/backend.ts'
import { collectionsByName } from '#protocol/catalogue.ts'
import type { Entry } from '#protocol/entry.ts'
import { LibralError } from '#protocol/errors.ts'
import type { FeedWishes } from '#protocol/feed.ts'
import { type Permission, roles } from '#protocol/permission.ts'
import { protocolVersions } from '#protocol/session.ts'
import { toBase64url } from '#trust/bytes.ts'
import { parseEntry } from '#trust/entry.ts'
import type { Kernel, Principal } from '../kernel/kernel.ts'
import { isRefusal } from '../kernel/refusals.ts'
import { witnessLimits } from '../kernel/witnesses.ts'
import { bundleRoutes } from './bundle-routes.ts'
import type { Connection } from './connection.ts'
import type { Services } from './services.ts'
import type { Tickets } from './tickets.ts'

export interface RpcContext {
  readonly connection: Connection
  /** Lets the feed follow on the caller's socket, behind the answer; false where it can't. */
  readonly join: (principal: Principal, wishes: FeedWishes) => boolean
}
export interface RouterParts {
  readonly kernel: Kernel
  readonly services: Services
  readonly tickets: Tickets
}

/** The kernel counts the refusal. @throws LibralError `command.not-permitted` */
export const permit = (kernel: Kernel, principal: Principal, permission: Permission): void => {
  if (!kernel.authorise(principal, permission)) throw new LibralError('command.not-permitted', { permission })
}

/** The contract's procedures over kernel and services. Who may call what: access.ts, checked before these run. */
export const createRouter = (parts: RouterParts) => {
  const os = implement(backendContract).$context<RpcContext>()
  return os.router({
    session: sessionRoutes(os, parts),
    feed: {
      ticket: os.feed.ticket.handler(({ context }) => ({ ticket: parts.tickets.issue(context.connection.principal) })),
    },
    command: {
      submit: os.command.submit.handler(({ input }) => parts.kernel.submit(input)),
      outcome: os.command.outcome.handler(({ input }) => parts.kernel.outcome(input.id)),
    },
    policy: {
      preview: os.policy.preview.handler(({ input, context }) => {
        const { permitted, approvals, policies } = parts.kernel.preview(context.connection.principal, input)
        return { permitted, approvals, policies: [...policies] }
      }),
      check: os.policy.check.handler(({ input }) => parts.kernel.policy.check(input.text)),
      seed: os.policy.seed.handler(() => ({ text: parts.kernel.policy.seed })),
    },
    history: historyRoutes(os, parts.kernel),
    sealed: sealedRoutes(os, parts.kernel),
    payments: paymentRoutes(os, parts.services),
    telemetry: {
      range: os.telemetry.range.handler(({ input }) => parts.services.telemetryRange(input)),
      inventory: os.telemetry.inventory.handler(() => [...parts.services.inventory()]),
    },
    log: logRoutes(os, parts.kernel),
    bundle: bundleRoutes(os, parts.kernel),
  })
}

export type Implementer = ReturnType<typeof implementer>
const implementer = () => implement(backendContract).$context<RpcContext>()

const signedHead = async ({ log }: Kernel, seen: number | null) => {
  const { note, proof } = await log.checkpoint(seen)
  return { note, proof: proof.map(toBase64url) }
}

const sessionRoutes = (os: Implementer, { kernel, services, tickets }: RouterParts) => ({
  hello: os.session.hello.handler(({ input, context }) => {
    const { min, max } = protocolVersions
    if (input.max < min || input.min > max) throw new LibralError('protocol.unsupported', { min, max })
    return services.hello(context.connection.challenge())
  }),
  signIn: os.session.signIn.handler(async ({ input, context: { connection } }) => {
    const signedIn = await services.signIn(input, connection.answerChallenge())
    connection.signedIn(signedIn, input.client, kernel.now())
    return signedIn
  }),
  resume: os.session.resume.handler(async ({ input: { seen, feed, ...claim }, context: { connection, join } }) => {
    const { client, ...signedIn } = await services.resume(claim, connection.answerChallenge())
    connection.signedIn(signedIn, client, kernel.now())
    if (seen === undefined) return signedIn
    const head = await signedHead(kernel, seen)
    if (feed && join(connection.principal, feed)) return { ...signedIn, head, joined: true as const }
    return { ...signedIn, head, ticket: tickets.issue(signedIn) }
  }),
  roles: os.session.roles.handler(() =>
    roles.map((role) => ({ role, permissions: [...kernel.permissionsOf([role])] })),
  ),
})

const historyRoutes = (os: Implementer, kernel: Kernel) => ({
  rows: os.history.rows.handler(async ({ input, context }) => {
    const collection = collectionsByName.get(input.collection)
    if (!collection) throw new LibralError('collection.unknown', { collection: input.collection })
    if (!kernel.authorise(context.connection.principal, collection.read)) {
      throw new LibralError('collection.not-permitted', { collection: input.collection })
    }
    const { rows, next } = await kernel.history(input.collection, input.before, input.limit)
    return { rows: rows as z.core.util.JSONType[], next }
  }),
})

const sealedRoutes = (os: Implementer, kernel: Kernel) => {
  /** Asking for keys without a record is a refusal like any other: counted, and summed into the log. */
  const counted = async <T>({ operator }: Principal, work: Promise<T>): Promise<T> =>
    work.catch((thrown: unknown) => {
      if (thrown instanceof LibralError && isRefusal(thrown.code)) kernel.refused(operator, thrown.code)
      throw thrown
    })
  return {
    keys: os.sealed.keys.handler(async ({ input, context: { connection } }) => {
      const { principal } = connection
      return [...(await counted(principal, kernel.sealed.keys(principal, input.opening)))]
    }),
    evidence: os.sealed.evidence.handler(async ({ input: { digest } }) => ({
      bytes: toBase64url(await kernel.bundle.evidenceBytes(digest)),
    })),
    lacking: os.sealed.lacking.handler(async ({ input, context: { connection } }) => {
      const { principal } = connection
      return [...(await counted(principal, kernel.sealed.lacking(principal, input.rewrap, input.after)))]
    }),
    putWrapped: os.sealed.putWrapped.handler(async ({ input, context: { connection } }) => {
      const { principal } = connection
      return { added: await counted(principal, kernel.sealed.putWrapped(principal, input.rewrap, input.keys)) }
    }),
    handedOver: os.sealed.handedOver.handler(async ({ input, context: { connection } }) => {
      const { principal } = connection
      const page = await counted(principal, kernel.sealed.handedOver(principal, input.handOver, input.from))
      return { ...page, keys: [...page.keys], without: [...page.without] }
    }),
    find: os.sealed.find.handler(async ({ input, context: { connection } }) => {
      const { collection, field, value } = input
      return { rows: [...(await kernel.sealed.find(connection.principal, collection, field, value))] }
    }),
    coverage: os.sealed.coverage.handler(async () => [...(await kernel.sealed.coverage())]),
  }
}

/** A provider that says nothing is an answer of its own. */
const testMs = 20_000

const paymentRoutes = (os: Implementer, services: Services) => ({
  inbox: os.payments.inbox.handler(({ input }) => services.payments().look(input)),
  message: os.payments.message.handler(({ input, context: { connection } }) =>
    services.payments().opened(connection.principal.operator, input.opening),
  ),
  sealTo: os.payments.sealTo.handler(() => ({ key: toBase64url(services.payments().sealTo()) })),
  test: os.payments.test.handler(({ input: { provider, draft } }) =>
    services.payments().test(provider, draft, AbortSignal.timeout(testMs)),
  ),
})

const logRoutes = (os: Implementer, kernel: Kernel) => ({
  ...readingRoutes(os, kernel),
  published: os.log.published.handler(async ({ input: { head } }) => {
    const { size, note, witnesses } = await kernel.witnesses.upTo(head)
    const proof = await kernel.witnesses.leadingTo(size, head)
    return { note, proof: proof.map(toBase64url), wanted: witnesses.length < witnessLimits.all }
  }),
  cosign: os.log.cosign.handler(async ({ input, context: { connection } }) => {
    const { operator } = connection.principal
    const kept = await kernel.witnesses.cosign(operator, input).catch((thrown: unknown) => {
      if (thrown instanceof LibralError && thrown.code === 'log.note-forged') kernel.refused(operator, thrown.code)
      throw thrown
    })
    return { kept }
  }),
  witnesses: os.log.witnesses.handler(async ({ input: { limit } }) =>
    (await kernel.witnesses.latest(limit)).map(({ witnesses, ...rest }) => ({ ...rest, witnesses: [...witnesses] })),
  ),
})

const readingRoutes = (os: Implementer, kernel: Kernel) => ({
  head: os.log.head.handler(() => kernel.log.head()),
  checkpoint: os.log.checkpoint.handler(({ input: { seen } }) => signedHead(kernel, seen)),
  entry: os.log.entry.handler(async ({ input: { index }, context: { connection } }): Promise<Entry> => {
    const [bytes] = await kernel.log.entries(index, index + 1)
    if (!bytes) throw new LibralError('log.out-of-range', { index })
    kernel.read(connection.principal.operator, 'entries', 1)
    return parseEntry(bytes)
  }),
  inclusion: os.log.inclusion.handler(async ({ input: { index, size } }) => ({
    proof: (await kernel.log.inclusion(index, size)).map(toBase64url),
  })),
  consistency: os.log.consistency.handler(async ({ input: { from, to } }) => ({
    proof: (await kernel.log.consistency(from, to)).map(toBase64url),
  })),
})
