import { type Place, placeSchema } from '#protocol/desktop.ts'

/** Hash of a page's address: `#/events/KEY`, as renderer/app/navigation.ts reads it. */
export const hashOf = ({ page, key }: Place): string =>
  key === null ? `#/${page}` : `#/${page}/${encodeURIComponent(key)}`

/** `libral://events/KEY`: what is copied and given to colleagues. */
export const linkTo = ({ page, key }: Place): string =>
  key === null ? `libral://${page}` : `libral://${page}/${encodeURIComponent(key)}`

/**
 * Reads a `libral://` link from outside.
 * @returns null for anything that is not exactly a place
 */
export function parseLink(link: string): Place | null {
  const match = /^libral:\/\/([a-z]{1,32})(?:\/([^/?#]{1,400}))?\/?$/.exec(link)
  if (match === null) return null
  const parsed = placeSchema.safeParse({ page: match[1], key: decodedKey(match[2]) })
  return parsed.success ? parsed.data : null
}

function decodedKey(key: string | undefined): string | null | undefined {
  if (key === undefined) return null
  try {
    return decodeURIComponent(key)
  } catch {
    return undefined
  }
}
