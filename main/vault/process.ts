import type { SupportedMessagePort } from '@orpc/client/message-port'
import { RPCHandler } from '@orpc/server/message-port'
import { toWire } from '#main/ipc/failure.ts'
import { failureOf } from '#protocol/errors.ts'
import { type VaultNews, type VaultOrder, vaultOrderSchema } from '#protocol/vault-window.ts'
import { vaultSpeaker } from './ask/texts.ts'
import { createWindowAsk, type WindowPort } from './ask/window-ask.ts'
import { vaultRouter } from './router.ts'
import { createVault } from './vault.ts'

/** Entry of the vault's process, Electron's utility process; its port is typed here, since nothing here knows Electron. */
interface ParentPort {
  on(
    event: 'message',
    listener: (event: {
      readonly data: unknown
      readonly ports: readonly (SupportedMessagePort & WindowPort)[]
    }) => void,
  ): unknown
  postMessage(news: VaultNews): void
}

/** How often to see whether the app is still there: a killed one can't end us. */
const parentCheckMs = 1_000

function run(parent: ParentPort): void {
  const tell = (news: VaultNews): void => parent.postMessage(news)
  let windows: ReturnType<typeof createWindowAsk> | null = null
  const start = (order: Extract<VaultOrder, { t: 'start' }>, port: SupportedMessagePort & WindowPort): void => {
    const say = vaultSpeaker(order.locale)
    windows = createWindowAsk(tell, say, order.locale)
    try {
      const vault = createVault({
        directory: order.directory,
        ask: windows.ask,
        say,
        now: Date.now,
        pkcs11: order.pkcs11,
      })
      handler.upgrade(port, { context: { vault } })
      port.start()
      tell({ t: 'ready' })
    } catch (thrown) {
      tell({ t: 'failed', failure: failureOf(thrown) })
    }
  }
  parent.on('message', ({ data, ports }) => {
    const order = vaultOrderSchema.safeParse(data)
    if (!order.success) return
    const port = ports[0] ?? null
    if (order.data.t === 'start' && port !== null) start(order.data, port)
    if (order.data.t === 'window') windows?.opened(order.data.id, port)
    if (order.data.t === 'closed') windows?.opened(order.data.id, order.data.refused ? 'refused' : null)
  })
  const app = process.ppid
  setInterval(() => process.ppid !== app && process.exit(0), parentCheckMs).unref()
}

const handler = new RPCHandler(vaultRouter, {
  clientInterceptors: [
    async ({ next }) => {
      try {
        return await next()
      } catch (thrown) {
        throw toWire(thrown)
      }
    },
  ],
})

const parent = (process as unknown as { readonly parentPort?: ParentPort }).parentPort
if (parent !== undefined) run(parent)
