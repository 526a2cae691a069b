import { app } from 'electron'

/** The system hands `libral://` links to the packaged app; a build from source leaves the system's settings alone. */
export function claimLinks(): void {
  if (app.isPackaged) app.setAsDefaultProtocolClient('libral')
}
