/**
 * Whether a provider may be called there: over TLS, or on this machine (a fake, a relay). Our keys go along with every
 * call.
 */
export const mayCall = (address: string): boolean => {
  if (!URL.canParse(address)) return false
  const { protocol, hostname } = new URL(address)
  const here = hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
  return protocol === 'https:' || (protocol === 'http:' && here)
}
