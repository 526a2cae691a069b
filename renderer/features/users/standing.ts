/** Whether a row that ends still serves. */
export const standing = (expiresAt: number, endedAt: number | null, now: number): 'valid' | 'expired' | 'ended' =>
  endedAt !== null ? 'ended' : expiresAt <= now ? 'expired' : 'valid'
