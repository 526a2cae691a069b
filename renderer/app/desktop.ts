import { type ClientLink, createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import type { ContractRouterClient } from '@orpc/contract'
import type { DesktopContract, portMessage, WindowRole } from '#protocol/desktop.ts'

export type Desktop = ContractRouterClient<DesktopContract>

const message: typeof portMessage = 'libral:port'

interface Handed {
  readonly role: WindowRole
  readonly port: MessagePort
}

const roleOf = (data: unknown): WindowRole | undefined => {
  if (typeof data !== 'object' || data === null || !('type' in data) || data.type !== message) return undefined
  const named = 'role' in data ? data.role : null
  return named === 'wall' || named === 'report' ? named : 'main'
}

/** The preload hands over one port, once, from this very page; nothing else is listened to. */
const handed = new Promise<Handed>((resolve) => {
  const listen = (event: MessageEvent<unknown>): void => {
    const role = roleOf(event.data)
    const port = event.ports[0]
    if (event.source !== window || role === undefined || port === undefined) return
    window.removeEventListener('message', listen)
    port.start()
    resolve({ role, port })
  }
  window.addEventListener('message', listen)
})

export const windowRole: Promise<WindowRole> = handed.then(({ role }) => role)

const portLink = handed.then(({ port }) => new RPCLink({ port }))

/** Calls made before the port has come wait for it. */
const link: ClientLink<Record<never, never>> = {
  call: async (path, input, options) => (await portLink).call(path, input, options),
}

/** Everything that main offers this window. Calls reject with what `failureIn` can read. */
export const desktop: Desktop = createORPCClient<Desktop>(link)
