import { ipcRenderer } from 'electron'

/**
 * The bridge: makes one message port, gives one end to main at once and the other to the page when its modules have
 * run (a message posted before would be lost), and nothing else.
 */

const origin = 'app://main'
const message = 'libral:port'

// It also runs in the empty document that stands in a window before its page does.
if (location.origin === origin) handOver()

function handOver(): void {
  const role = (['wall', 'report'] as const).find((it) => process.argv.includes(`--libral-window=${it}`)) ?? 'main'
  const { port1, port2 } = new MessageChannel()

  ipcRenderer.postMessage(message, null, [port1])
  document.addEventListener('DOMContentLoaded', () => window.postMessage({ type: message, role }, origin, [port2]), {
    once: true,
  })
}
