import type { Key } from 'openpgp'
import { parseAddress, type WkdAddress } from './address.ts'
import { addressOf, keptFor } from './filter.ts'

export type WkdMethod = 'advanced' | 'direct'

/**
 * The files of a directory below `.well-known/openpgpkey/`: one entry for every address of the domain that a user id
 * names, each with the certificates of that address alone, and the policy file that says the directory is there.
 * @returns contents by path, in a fixed order
 */
export const wkdTree = (certificates: readonly Key[], domain: string, method: WkdMethod): Map<string, Uint8Array> => {
  const { domain: ascii } = parseAddress(`policy@${domain}`)
  const prefix = method === 'advanced' ? `${ascii}/` : ''
  const entries = addressesIn(certificates, ascii).map((address): [string, Uint8Array] => {
    const parts = keptFor(certificates, address).map((it) => it.write() as Uint8Array)
    return [`${prefix}hu/${address.hash}`, new Uint8Array(Buffer.concat(parts))]
  })
  const policy: [string, Uint8Array] = [`${prefix}policy`, new TextEncoder().encode(`# Policy flags for ${ascii}\n`)]
  return new Map([policy, ...entries.sort(([one], [other]) => (one < other ? -1 : 1))])
}

const addressesIn = (certificates: readonly Key[], domain: string): WkdAddress[] => {
  const found = certificates
    .flatMap((it) => it.getUserIDs())
    .map(addressOf)
    .filter((it) => it !== null && it.domain === domain) as WkdAddress[]
  return [...new Map(found.map((it) => [it.hash, it])).values()]
}
