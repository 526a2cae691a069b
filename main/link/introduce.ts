import { type Hello, protocolVersions } from '#protocol/session.ts'
import type { Target } from './desk.ts'
import { call, clientOver, dial, opened } from './wire.ts'

/**
 * Asks who answers at an address, and hangs up. Nothing secret is sent.
 * @throws LibralError `link.offline`, `link.time-out`, `link.certificate-*`, `protocol.unsupported`
 */
export const introduce = async (target: Target): Promise<Hello> => {
  const socket = dial(target, 'rpc')
  try {
    await opened(socket)
    const client = clientOver(socket)
    return await call((limit) => client.session.hello({ ...protocolVersions }, limit))
  } finally {
    socket.terminate()
  }
}
