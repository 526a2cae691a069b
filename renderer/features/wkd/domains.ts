import type { KeyEntry } from '#protocol/keys.ts'

/** The entries that name an address of a domain, so that its directory could give them out. */
export interface Domain {
  readonly name: string
  readonly entries: readonly { readonly id: string; readonly name: string; readonly addresses: readonly string[] }[]
}

const domainOf = (email: string): string => email.slice(email.lastIndexOf('@') + 1).toLowerCase()

/** Own identities by the domains of their addresses; user ids that were revoked are published too, as revoked. */
export function domainsOf(entries: readonly KeyEntry[]): readonly Domain[] {
  const own = entries.filter((it) => it.own)
  const addressesOf = (entry: KeyEntry): readonly string[] => [
    ...new Set(
      entry.certificates.flatMap((it) => it.userIds.map(({ email }) => email)).filter((it) => it.includes('@')),
    ),
  ]
  const names = [...new Set(own.flatMap(addressesOf).map(domainOf))].toSorted()
  return names.map((name) => ({
    name,
    entries: own.flatMap((entry) => {
      const addresses = addressesOf(entry).filter((it) => domainOf(it) === name)
      return addresses.length === 0 ? [] : [{ id: entry.id, name: entry.name, addresses }]
    }),
  }))
}
