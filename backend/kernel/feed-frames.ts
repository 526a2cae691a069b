import type { FeedFrame } from '#protocol/feed.ts'
import { feedLimits } from '#protocol/feed.ts'
import type { StoredChange } from '../storage/port.ts'

/** A change in its place on the wire, serialised at most once, for the first subscriber that reads it. */
export interface Line {
  readonly offset: number
  readonly collection: string
  readonly text: () => string
}

export const lineOf = ({ offset, collection, key, value }: StoredChange): Line => {
  let text: string | undefined
  return {
    offset,
    collection,
    text: () => {
      text ??= JSON.stringify([offset, collection, key, value])
      return text
    },
  }
}

/**
 * `changes` frames up to log size `to`, each within the soft bound, all changes of one entry in one frame. At least one
 * frame, since an empty one moves the cursors on.
 */
export const changeFrames = (lines: readonly Line[], to: number): readonly string[] => {
  const frames: string[] = []
  let texts: string[] = []
  let bytes = 0
  let last = 0
  for (const { offset, text: textOf } of lines) {
    const text = textOf()
    if (bytes > feedLimits.frameBytes && offset !== last) {
      frames.push(frameOf(texts, last))
      texts = []
      bytes = 0
    }
    texts.push(text)
    bytes += Buffer.byteLength(text)
    last = offset
  }
  return [...frames, frameOf(texts, to)]
}

const frameOf = (texts: readonly string[], to: number): string =>
  `{"t":"changes","to":${to},"changes":[${texts.join(',')}]}`

export const encode = (frame: FeedFrame): string => JSON.stringify(frame)
