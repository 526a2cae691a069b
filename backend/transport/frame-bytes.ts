/**
 * The UTF-8 bytes of the frame that is being sent to many subscribers, encoded once. The source sends one string to all
 * of them in a row, so remembering the last one is enough. (Building the whole WebSocket frame once and writing it past
 * `ws` was measured too: within the noise of this, for two private fields of `ws`.)
 */
export class FrameBytes {
  #text = ''
  #bytes = Buffer.alloc(0)

  of(text: string): Buffer {
    if (text !== this.#text) {
      this.#text = text
      this.#bytes = Buffer.from(text, 'utf8')
    }
    return this.#bytes
  }
}
