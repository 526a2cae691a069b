import { BrowserWindow, type IpcMainEvent, ipcMain, type MessagePortMain } from 'electron'
import { appOrigin } from '#main/app/protocol.ts'
import type { Dispose } from '#main/link/desk.ts'
import type { portMessage, WindowRole } from '#protocol/desktop.ts'

// A value import would load the contract's schemas before the first window.
const channel: typeof portMessage = 'libral:port'

/** What a page's port may be used for, settled once when the port is taken. */
export interface PortOwner {
  readonly window: BrowserWindow
  readonly role: WindowRole
}

export interface PortOptions {
  /** Hands over the port of a page that is the vault's own window; false: it is none. */
  toVault(contentsId: number, port: MessagePortMain): boolean
  roleOf(contentsId: number): WindowRole | null
  /** Serves the contract on a port whose sender has been checked. */
  serve(port: MessagePortMain, owner: PortOwner): void
  refused(reason: string): void
}

/** The only listener on ipcMain: takes the port that the preload of one of our windows sends, once a page. */
export function acceptPorts(options: PortOptions): Dispose {
  const open = new Map<number, MessagePortMain>()
  const accept = (event: IpcMainEvent): void => {
    const [port, ...more] = event.ports
    if (isOwnFrame(event) && port !== undefined && more.length === 0 && options.toVault(event.sender.id, port)) return
    const owner = ownerOf(event, options.roleOf)
    if (owner === null || port === undefined || more.length > 0) {
      for (const it of event.ports) it.close()
      options.refused(owner === null ? 'port.sender' : 'port.count')
      return
    }
    const { id } = event.sender
    open.get(id)?.close()
    open.set(id, port)
    const contents = event.sender
    const closePort = (): void => port.close()
    port.once('close', () => {
      if (open.get(id) === port) open.delete(id)
      contents.off('render-process-gone', closePort)
    })
    contents.once('render-process-gone', closePort)
    options.serve(port, owner)
  }
  ipcMain.on(channel, accept)
  return () => {
    ipcMain.off(channel, accept)
    for (const port of open.values()) port.close()
    open.clear()
  }
}

/** Exact origin, main frame, one of our windows; null otherwise. */
function ownerOf(event: IpcMainEvent, roleOf: PortOptions['roleOf']): PortOwner | null {
  const { sender } = event
  if (!isOwnFrame(event)) return null
  const role = roleOf(sender.id)
  const window = BrowserWindow.fromWebContents(sender)
  return role === null || window === null ? null : { window, role }
}

const isOwnFrame = ({ senderFrame }: IpcMainEvent): boolean =>
  senderFrame !== null && senderFrame.origin === appOrigin && senderFrame.parent === null
