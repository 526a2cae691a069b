import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance, FastifyReply } from 'fastify'

/** Where a Web Key Directory is asked for (draft-koch-openpgp-webkey-service, section 3.1). */
export const wkdPrefix = '/.well-known/openpgpkey/'

/** The only names that there are: nothing else reaches the file system. */
const known =
  /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+\/)?(policy|hu\/[13-9a-km-uw-z]{32})$/
const mostBytes = 1_048_576

/**
 * Serves the tree that `libral wkd publish` made: public certificates, to anybody, web pages included. A file that
 * appears or is replaced is served from the next request on.
 * @param folder that holds `.well-known`
 */
export const addWkdRoutes = (app: FastifyInstance, folder: string): void => {
  app.get(`${wkdPrefix}*`, async (request, reply) => {
    reply.header('access-control-allow-origin', '*')
    const name = request.url.slice(wkdPrefix.length).split('?')[0] ?? ''
    const content = known.test(name) ? await contentOf(join(folder, wkdPrefix, name)) : null
    if (content === null) return notFound(reply)
    const type = name.endsWith('policy') ? 'text/plain; charset=utf-8' : 'application/octet-stream'
    return reply.type(type).header('x-content-type-options', 'nosniff').send(content)
  })
}

const notFound = (reply: FastifyReply) => reply.code(404).type('text/plain; charset=utf-8').send('')

/** null for what is absent, no plain file, or too large to be an entry. */
const contentOf = async (path: string): Promise<Buffer | null> => {
  const file = await open(path).catch(() => null)
  try {
    const found = await file?.stat()
    return file !== null && found?.isFile() && found.size <= mostBytes ? await file.readFile() : null
  } finally {
    await file?.close()
  }
}
