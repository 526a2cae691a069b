import { access } from 'node:fs/promises'
import { request } from 'node:http'
import { z } from 'zod'
import type { Inventory } from '#protocol/telemetry.ts'
import { createOutgoing } from '../../../../kernel/outgoing.ts'

/** https://docs.docker.com/reference/api/engine/ , GET /containers/json */
const answerSchema = z.array(
  z.object({ Id: z.string(), Names: z.array(z.string()), Image: z.string(), State: z.string() }),
)
type Answer = z.infer<typeof answerSchema>
const answerOf = (body: string): Answer => answerSchema.parse(JSON.parse(body))

const timeoutMs = 2_000
/** Asked every five seconds; an engine that hangs is left alone for a minute. */
const engine = createOutgoing('docker', { timeoutMs, concurrent: 4, queued: 0, failures: 3, coolMs: 60_000 })
const rowsBound = 100
const answerBound = 2 * 1024 * 1024

const socketPath = process.platform === 'win32' ? '//./pipe/docker_engine' : '/var/run/docker.sock'

const get = (path: string, timeoutMs: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const sent = request({ socketPath, path, timeout: timeoutMs }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => {
        body += part
        if (body.length > answerBound) sent.destroy(new Error('too large'))
      })
      response.on('end', () => (response.statusCode === 200 ? resolve(body) : reject(new Error('refused'))))
      response.on('error', reject)
    })
    sent.on('timeout', () => sent.destroy(new Error('timed out')))
    sent.on('error', reject)
    sent.end()
  })

/** Containers, where a Docker engine answers; `available: false` where none does or it does not let us in. */
export const readContainers = async (): Promise<Inventory['containers']> => {
  const none = { available: false, rows: [] }
  if (
    await access(socketPath).then(
      () => false,
      () => true,
    )
  )
    return none
  const read = (): Promise<Answer> => get(`/containers/json?all=true&limit=${rowsBound}`, timeoutMs).then(answerOf)
  const answer = await engine.run(read).catch(() => null)
  if (answer === null) return none
  const rows = answer.map((row) => ({
    id: row.Id.slice(0, 12),
    name: (row.Names[0] ?? '').replace(/^\//, ''),
    image: row.Image,
    state: row.State,
  }))
  return { available: true, rows }
}
