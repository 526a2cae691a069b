import type { WebPreferences } from 'electron'

/** The only web preferences in the app: every window of every kind gets these. */
export const securePreferences = (options: {
  /** null: a page without a bridge. */
  readonly preload: string | null
  readonly zoomPercent: number
  readonly devTools: boolean
}): WebPreferences => ({
  ...(options.preload !== null && { preload: options.preload }),
  zoomFactor: options.zoomPercent / 100,
  devTools: options.devTools,
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  experimentalFeatures: false,
  webviewTag: false,
  navigateOnDragDrop: false,
  safeDialogs: true,
  // A dictionary would be fetched from the network.
  spellcheck: false,
  // Charts and ages go on in a window behind another one; a hidden one has nothing to draw.
  backgroundThrottling: true,
})
