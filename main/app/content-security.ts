/**
 * Headers of everything that `app://` serves. The nonce is for the style elements that Radix adds at run time; it is
 * new for each response. Trusted Types stand since nothing here needs a string as markup.
 */
export function securityHeaders(nonce: string): Record<string, string> {
  return {
    'content-security-policy': policy(nonce, "'self'", []),
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-cache',
  }
}

/** With Vite's server behind the protocol: its inline preamble gets the nonce, its socket may be opened. */
export function developmentHeaders(nonce: string, socket: string): Record<string, string> {
  const headers = securityHeaders(nonce)
  const scripts = `'self' 'nonce-${nonce}'`
  return { ...headers, 'content-security-policy': policy(nonce, scripts, [socket], false) }
}

function policy(nonce: string, scripts: string, connect: readonly string[], trustedTypes = true): string {
  return [
    "default-src 'none'",
    `script-src ${scripts}`,
    `style-src 'self' 'nonce-${nonce}'${trustedTypes ? '' : " 'unsafe-inline'"}`,
    "font-src 'self'",
    "img-src 'self' data:",
    `connect-src ${["'self'", ...connect].join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    ...(trustedTypes ? ["require-trusted-types-for 'script'", 'trusted-types default'] : []),
  ].join('; ')
}

/** Tells the page its nonce, which get-nonce hands to Radix. */
export const withNonce = (html: string, nonce: string): string =>
  html.replace('<head>', `<head><meta property="csp-nonce" nonce="${nonce}">`)
