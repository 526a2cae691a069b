import './ui/index.css'
import { setNonce } from 'get-nonce'
import { createRoot } from 'react-dom/client'
import { App } from './app/app.tsx'
import { startI18n } from './i18n/i18n.ts'

// Radix adds a style element for its scroll lock; the CSP lets only this response's nonce through.
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce
if (nonce) setNonce(nonce)

const root = document.getElementById('root')
if (root) {
  startI18n()
  // Two hundred faces by range: read beside the first rendering, not before it. The text swaps to them anyway.
  void import('./ui/fonts.css')
  createRoot(root).render(<App />)
}
