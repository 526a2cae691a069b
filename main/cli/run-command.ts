import { spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { type Failure, failureSchema, LibralError } from '#protocol/errors.ts'
import { bytes32Schema, deploymentIdSchema } from '#protocol/ids.ts'

const headSchema = z.object({ size: z.int(), root: bytes32Schema })
export const copyInfoSchema = z.object({ bytes: z.int(), head: headSchema, deployment: deploymentIdSchema.optional() })
export const inspectedSchema = z.object({ deployment: deploymentIdSchema, head: headSchema })
export type CopyInfo = z.infer<typeof copyInfoSchema>

const doneSchema = z.object({ ok: z.literal(true), info: z.unknown() })
const refusalSchema = z.object({ ok: z.literal(false), failure: failureSchema })

/**
 * Runs one of the backend's one-shot commands as a child of this Node, its order (with the key) on stdin.
 * @param info what the command answers
 * @throws LibralError as the backend says
 */
export async function runCommand<Info>(program: string, order: object, info: z.ZodType<Info>): Promise<Info> {
  return runPiped(program, order, info, async () => {})
}

/**
 * The same for a command that writes what it makes to descriptor 3.
 * @param take uses all of it; when it throws, the command is ended
 */
export async function runPiped<Info>(
  program: string,
  order: object,
  info: z.ZodType<Info>,
  take: (made: Readable) => Promise<void>,
): Promise<Info> {
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit', 'pipe'] })
  const [stdin, stdout, , made] = child.stdio as [Writable, Readable, null, Readable, undefined]
  stdin.on('error', () => {})
  stdin.end(JSON.stringify(order))
  const said = text(stdout)
  try {
    await take(made)
  } catch (thrown) {
    child.kill()
    await said.catch(() => undefined)
    throw thrown
  }
  made.resume()
  const answer = parsed(await said)
  const refused = refusalSchema.safeParse(answer)
  if (refused.success) throw toError(refused.data.failure)
  const done = doneSchema.safeParse(answer)
  const read = info.safeParse(done.data?.info)
  if (!read.success) throw new LibralError('internal.unexpected')
  return read.data
}

const toError = ({ code, params }: Failure): LibralError => new LibralError(code, params)

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
