// Runs beside pcscd in its network namespace: carries vpcd's port there to the reader's Unix socket outside.
import { connect, type NetConnectOpts, type Socket } from 'node:net'

const [port, path] = process.argv.slice(2)
const retryMs = 20

const dial = (target: NetConnectOpts): Promise<Socket | null> =>
  new Promise((resolve) => {
    const socket = connect(target)
    socket.once('error', () => resolve(null))
    socket.once('connect', () => resolve(socket))
  })

const carry = async (): Promise<void> => {
  const card = await dial({ path: path ?? '' })
  const daemon = card && (await dial({ host: '127.0.0.1', port: Number(port) }))
  if (card === null || daemon === null) {
    card?.destroy()
    return
  }
  daemon.setNoDelay(true)
  await new Promise<void>((resolve) => {
    const end = (): void => {
      for (const socket of [card, daemon]) socket.destroy()
      resolve()
    }
    for (const socket of [card, daemon]) socket.on('error', end).on('close', end)
    card.pipe(daemon)
    daemon.pipe(card)
  })
}

const again = (): void => void carry().then(() => setTimeout(again, retryMs))
again()
