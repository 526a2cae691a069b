import './ui/index.css'
import { setNonce } from 'get-nonce'
import { createRoot } from 'react-dom/client'
import { App } from './app/app.tsx'
import { windowRole } from './app/desktop.ts'
import { firstData } from './app/first-data.ts'
import { firstPaint } from './app/first-paint.ts'
import { startI18n } from './i18n/i18n.ts'

// Radix adds a style element for its scroll lock; the CSP lets only this response's nonce through.
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce
if (nonce) setNonce(nonce)

const root = document.getElementById('root')
if (root) {
  startI18n()
  // Two hundred faces by range: read after the first paint. The text swaps to them anyway.
  void firstPaint.then(() => import('./ui/fonts.css'))
  void windowRole.then(async (role) => {
    if (role === 'report') return createRoot(root).render(await paper())
    await firstData()
    createRoot(root).render(<App role={role} />)
  })
}

/** The hidden window that draws for the printer has no state to show, and may ask for none. */
async function paper() {
  const { PaperWindow } = await import('./app/paper.tsx')
  return <PaperWindow />
}
