import type { z } from 'zod'
import type { backendContract } from '#protocol/backend.ts'
import type { ErrorCode, SafeParams } from '#protocol/errors.ts'
import type { CommandId, Instant, OperatorId } from '#protocol/ids.ts'
import type { ProviderName } from '#protocol/payments.ts'
import type { MessagePage, MessageQuery, RawMessage } from '#protocol/payments-inbox.ts'
import type { ConnectionTest, ProviderDraft } from '#protocol/payments-settings.ts'
import type { Role } from '#protocol/permission.ts'
import type { Hello, SignedIn, SignIn } from '#protocol/session.ts'
import type { Inventory, Range, RangeQuery } from '#protocol/telemetry.ts'
import type { Principal } from '../kernel/kernel.ts'

type InputOf<P extends { '~orpc': { inputSchema?: z.ZodType | undefined } }> = z.output<
  NonNullable<P['~orpc']['inputSchema']>
>
export type SignInRequest = SignIn
export type ResumeRequest = InputOf<typeof backendContract.session.resume>

/** What the transport knows of the connection that a request came by. */
export interface Peer {
  /** The nonce that this connection's `hello` gave out, base64url of 32 random bytes; used up by one proof. */
  readonly nonce: string
  /** `pipe` for a Unix socket or named pipe, otherwise the remote IP address. */
  readonly address: string
}

/** A signed-in desktop, for the list of connected users. */
export interface ConnectedClient {
  readonly operator: string
  readonly client: string
  readonly address: string
  readonly since: Instant
}

/** One finished call. `code` is null when it succeeded. */
export interface MeteredCall {
  /** `command.submit` */
  readonly procedure: string
  readonly ms: number
  readonly code: ErrorCode | null
}

/** What the modules do for the transport; `backend/modules/index.ts` makes it. Everything throws LibralError. */
export interface Services {
  /** Facts of the deployment and its clock; the nonce is the connection's own. */
  hello(nonce: string): Hello
  /** Checks secret and proof (over `peer.nonce`), opens the session in the log, resolves when that is durable. */
  signIn(request: SignInRequest, peer: Peer): Promise<SignedIn>
  /** `session.expired` and `session.ended` tell the desktop to sign in again. The client label is the session's. */
  resume(request: ResumeRequest, peer: Peer): Promise<SignedIn & { readonly client: string }>
  /** The principal as it stands now: roles may have changed, the session may have ended. Asked before each call. */
  current(principal: Principal): Promise<Principal>
  /** Whose token this is, for reading over HTTP. @throws `session.token-wrong`, `session.too-many-attempts` */
  holder(token: string, address: string): Promise<{ readonly operator: string; readonly roles: readonly Role[] }>
  telemetryRange(query: RangeQuery): Promise<Range>
  /** The latest of each instance. */
  inventory(): readonly Inventory[]
  /** Told of every call, for rate, errors and latency per procedure. */
  meter(call: MeteredCall): void
  /** Hands over where the connected clients can be asked for; called once, before the first connection. */
  clients(connected: () => readonly ConnectedClient[]): void
  /** What of 決済 is no row. @throws LibralError `module.stopped` */
  payments(): PaymentServices
}

/** As backend/modules/payments/index.ts has it: the transport knows no module. */
export interface PaymentServices {
  look(query: MessageQuery): Promise<MessagePage>
  opened(operator: OperatorId, opening: CommandId): Promise<RawMessage>
  sealTo(): Uint8Array
  test(provider: ProviderName, draft: ProviderDraft | null, signal: AbortSignal): Promise<ConnectionTest>
}

/** Structured log of ids and codes; never payloads. */
export interface Log {
  debug(event: string, fields?: SafeParams): void
  info(event: string, fields?: SafeParams): void
  warn(event: string, fields?: SafeParams): void
  error(event: string, fields?: SafeParams): void
}
