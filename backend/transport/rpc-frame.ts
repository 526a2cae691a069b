import { z } from 'zod'
import { LibralError } from '#protocol/errors.ts'
import { type PageRequest, pageRequestSchema } from '#protocol/feed.ts'
import { parseStrict } from '#trust/strict-json.ts'

/**
 * oRPC's peer frames (`{i: id, t: type, p: payload}`, @orpc/standard-server-peer 1.16.1), as far as our contract uses
 * them: a request with a plain JSON body, and its cancellation. Headers, files, streams and oRPC's typed extras (`meta`)
 * are none of our contract and refused. Parsing strictly here, and handing the value on, means that nothing behind
 * ever sees a text with two readings. A feed that shares the socket asks for its pages between them.
 */
const idSchema = z.union([z.string().min(1).max(32), z.int()])
export type RpcId = z.infer<typeof idSchema>

const requestSchema = z.strictObject({
  i: idSchema,
  t: z.literal(1).optional(),
  p: z.strictObject({
    u: z.string().regex(/^(\/[A-Za-z]{1,40}){1,4}$/),
    b: z.strictObject({ json: z.unknown().optional(), meta: z.tuple([]).optional() }).optional(),
  }),
})
const abortSchema = z.strictObject({ i: idSchema, t: z.literal(4), p: z.null().optional() })

export type RpcFrame =
  | { readonly kind: 'request'; readonly id: RpcId; readonly path: string; readonly input: unknown }
  | { readonly kind: 'abort'; readonly id: RpcId }
  | { readonly kind: 'page'; readonly request: PageRequest }

/**
 * @throws LibralError `input.not-utf8`, `input.duplicate-key`, `input.unsafe-number`, `input.too-large`,
 *   `input.invalid`
 */
export const parseRpcFrame = (bytes: Uint8Array, limit: number): RpcFrame => {
  const value = parseStrict(bytes, limit)
  const request = requestSchema.safeParse(value)
  if (request.success) {
    const { i, p } = request.data
    return { kind: 'request', id: i, path: p.u, input: p.b?.json }
  }
  const abort = abortSchema.safeParse(value)
  if (abort.success) return { kind: 'abort', id: abort.data.i }
  const page = pageRequestSchema.safeParse(value)
  if (page.success) return { kind: 'page', request: page.data }
  throw new LibralError('input.invalid', { field: 'frame' })
}

const lenient = new TextDecoder()

/**
 * The id of a frame that {@link parseRpcFrame} refused, so that the refusal reaches the call that caused it and one bad
 * command doesn't cost the sender its connection. Nothing else of such a frame is ever read.
 */
export const idOfRefused = (bytes: Uint8Array): RpcId | undefined => {
  try {
    const value: unknown = JSON.parse(lenient.decode(bytes))
    const id = typeof value === 'object' && value !== null && 'i' in value ? idSchema.safeParse(value.i) : undefined
    return id?.data
  } catch {
    return undefined
  }
}

/** An answer as oRPC's client reads it. */
export const answerFrame = (id: RpcId, status: number, body: unknown): string =>
  JSON.stringify({ i: id, p: status === 200 ? { b: body } : { s: status, b: body } })
