import { deflateRawSync, inflateRawSync } from 'node:zlib'

/** A payload of NOTIFY must be shorter than 8,000 bytes (https://www.postgresql.org/docs/15/sql-notify.html). */
const pieceBytes = 7_800
const mostPieces = 32
/** A text that inflates to more than this is none of ours. */
const mostBytes = 1024 * 1024
/** Senders whose text is half there; more than any deployment has instances. */
const mostSenders = 128

/** `sender number nth count data`: base64 of the deflated text, in order. Empty: too long to send. */
export const piecesOf = (text: string, sender: string, number: number): readonly string[] => {
  const data = deflateRawSync(text).toString('base64')
  const count = Math.ceil(data.length / pieceBytes)
  if (count > mostPieces) return []
  return Array.from(
    { length: count },
    (_, nth) => `${sender} ${number} ${nth} ${count} ${data.slice(nth * pieceBytes, (nth + 1) * pieceBytes)}`,
  )
}

/** Puts texts of several senders together again; one of which a piece got lost is dropped. */
export const createJoiner = (own: string): ((piece: string) => string | undefined) => {
  const begun = new Map<string, { readonly number: string; readonly parts: string[] }>()
  return (piece) => {
    const [sender = '', number = '', nth = '', count = '', data = ''] = piece.split(' ')
    if (sender === own) return undefined
    const known = begun.get(sender)
    const parts = known?.number === number ? known.parts : []
    if (Number(nth) !== parts.length || begun.size >= mostSenders) {
      begun.delete(sender)
      return undefined
    }
    parts.push(data)
    if (parts.length < Number(count)) {
      if (parts.length < mostPieces) begun.set(sender, { number, parts })
      return undefined
    }
    begun.delete(sender)
    return inflated(parts.join(''))
  }
}

const inflated = (data: string): string | undefined => {
  try {
    return inflateRawSync(Buffer.from(data, 'base64'), { maxOutputLength: mostBytes }).toString()
  } catch {
    return undefined
  }
}
