import type { Manifest } from '#protocol/bundle.ts'

/** `libral-UUID-from-to.libral-bundle`; a certificate (監査証明書) and an encrypted one have endings of their own. */
export const bundleName = (
  { origin, kind, from, to }: Pick<Manifest, 'origin' | 'kind' | 'from' | 'to'>,
  encrypted: boolean,
): string => {
  const ending = kind === 'certificate' ? 'libral-certificate' : 'libral-bundle'
  return `${origin.replaceAll(':', '-')}-${from}-${to}.${ending}${encrypted ? '.pgp' : ''}`
}
