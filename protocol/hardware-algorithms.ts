/** Kinds of keys that cards and tokens make. Apart from the contract: the process of a vendor's library loads nothing else. */
export const cardAlgorithms = ['25519', 'nistp256', 'rsa2048', 'rsa4096'] as const
export type CardAlgorithm = (typeof cardAlgorithms)[number]

export const tokenAlgorithms = ['rsa2048', 'rsa3072', 'rsa4096', 'nistp256', 'ed25519'] as const
export type TokenAlgorithm = (typeof tokenAlgorithms)[number]
/** Tokens derive on no other curve. */
export const tokenEncryptions = ['rsa2048', 'rsa3072', 'rsa4096', 'nistp256'] as const
