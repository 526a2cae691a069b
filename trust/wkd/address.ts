import { createHash } from 'node:crypto'
import { LibralError } from '#protocol/errors.ts'

/** A mail address as a Web Key Directory names it (draft-koch-openpgp-webkey-service, section 3.1). */
export interface WkdAddress {
  /** As it was written: the server is told this one. */
  readonly local: string
  /** Lower case, international names in their ASCII form. */
  readonly domain: string
  /** z-base-32 of SHA-1 of the local part, its ASCII letters lower-cased: 32 characters. */
  readonly hash: string
}

const longest = 254

/** @throws LibralError `wkd.address-invalid` */
export const parseAddress = (text: string): WkdAddress => {
  const [local = '', host = '', ...more] = text.trim().split('@')
  const domain = asciiDomain(host)
  const control = [...local].some((letter) => letter <= ' ' || letter === '\u007f')
  if (local === '' || control || domain === null || more.length > 0 || text.length > longest)
    throw new LibralError('wkd.address-invalid')
  return { local, domain, hash: localHash(local) }
}

/** Null for what is no name of at least two labels: an address literal has no directory. */
const asciiDomain = (host: string): string | null => {
  if (host === '' || /[\s/?#\\:[\]@%]/.test(host) || !URL.canParse(`https://${host}`)) return null
  const { hostname } = new URL(`https://${host}`)
  const labels = hostname.split('.')
  const named = labels.length > 1 && labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label))
  return named && !/^\d+$/.test(labels.at(-1) ?? '') ? hostname : null
}

/** Only ASCII letters change case: other scripts' rules differ between programs. */
const lowerAscii = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())

const localHash = (local: string): string => zBase32(createHash('sha1').update(lowerAscii(local), 'utf8').digest())

const alphabet = 'ybndrfg8ejkmcpqxot1uwisza345h769'

/** z-base-32 of whole groups of five bits (RFC 6189, section 5.1.6). */
export const zBase32 = (bytes: Uint8Array): string => {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const groups = bits.match(/.{1,5}/g) ?? []
  return groups.map((group) => alphabet[Number.parseInt(group.padEnd(5, '0'), 2)]).join('')
}

/** Whether two addresses have the same entry in a directory. */
export const sameAddress = (one: WkdAddress, other: WkdAddress): boolean =>
  one.domain === other.domain && lowerAscii(one.local) === lowerAscii(other.local)

const folder = '.well-known/openpgpkey'

/** Where a client asks: at the host of its own first, and only if that one does not exist, at the domain itself. */
export const wkdUrls = ({ local, domain, hash }: WkdAddress): { readonly advanced: URL; readonly direct: URL } => {
  const query = `l=${encodeURIComponent(local)}`
  return {
    advanced: new URL(`https://openpgpkey.${domain}/${folder}/${domain}/hu/${hash}?${query}`),
    direct: new URL(`https://${domain}/${folder}/hu/${hash}?${query}`),
  }
}
