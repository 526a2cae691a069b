import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { type Failure, failureSchema, LibralError } from '#protocol/errors.ts'

const infoSchema = z.object({ bytes: z.int(), head: z.object({ size: z.int(), root: z.string() }) })
export type CopyInfo = z.infer<typeof infoSchema>

const answerSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), info: infoSchema }),
  z.object({ ok: z.literal(false), failure: failureSchema }),
])

/**
 * Runs one of the backend's one-shot commands as a child of this Node, its order (with the key) on stdin.
 * @throws LibralError as the backend says
 */
export async function runCommand(program: string, order: Readonly<Record<string, string>>): Promise<CopyInfo> {
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.on('error', () => {})
  child.stdin.end(JSON.stringify(order))
  const answer = answerSchema.safeParse(parsed(await text(child.stdout)))
  if (!answer.success) throw new LibralError('internal.unexpected')
  if (!answer.data.ok) throw toError(answer.data.failure)
  return answer.data.info
}

const toError = ({ code, params }: Failure): LibralError => new LibralError(code, params)

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
