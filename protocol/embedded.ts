import { z } from 'zod'
import { type ErrorCode, errorCodes } from './errors.ts'
import { deploymentIdSchema } from './ids.ts'

/**
 * What the app and its embedded backend say to each other over the utility process's port. The first order carries the
 * secrets: they never stand in arguments or in the environment, where any process of the user could read them.
 */
export const backendOrderSchema = z.discriminatedUnion('t', [
  z.strictObject({
    t: z.literal('start'),
    /** Existing or not: made with mode 0700. */
    directory: z.string().min(1),
    /** 32 bytes; the database and the deployment's keys are sealed under them. */
    key: z.instanceof(Uint8Array).refine((key) => key.byteLength === 32),
    /** Unix socket in a folder of its own, or a named pipe. */
    socket: z.string().min(1),
    /** The launch secret, new for each start. */
    secret: z.string().min(16).max(128),
    httpPort: z.int().min(0).max(65_535).nullable(),
    /** What people call the deployment; kept from the first start on. */
    name: z.string().trim().min(1).max(80).optional(),
    /** Shows made-up payments, by this seed. */
    demo: z.int().min(0).max(999_999).optional(),
  }),
  z.strictObject({ t: z.literal('drain') }),
])
export type BackendOrder = z.infer<typeof backendOrderSchema>

export const backendNewsSchema = z.discriminatedUnion('t', [
  /** It listens on the socket. */
  z.object({ t: z.literal('ready'), deployment: deploymentIdSchema, pid: z.int() }),
  z.object({ t: z.literal('failed'), code: z.enum(errorCodes as [ErrorCode, ...ErrorCode[]]) }),
])
export type BackendNews = z.infer<typeof backendNewsSchema>
