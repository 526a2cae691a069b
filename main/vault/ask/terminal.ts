import { openSync, writeSync } from 'node:fs'
import { ReadStream } from 'node:tty'
import { LibralError } from '#protocol/errors.ts'
import { LineEditor } from './line-editor.ts'

/** The terminal that a person sits at, also where input and output go elsewhere. */
export interface Terminal {
  write(text: string): void
  /** One line after a prompt; `hidden`: it is not echoed. null: cancelled. */
  read(prompt: string, hidden: boolean): Promise<Uint8Array | null>
  close(): void
}

const signals = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

/** @returns null where there is no terminal, as in a cron job */
export function openTerminal(): Terminal | null {
  const fd = openDevice()
  return fd === null ? null : terminalOn(fd)
}

function openDevice(): number | null {
  try {
    return openSync(process.platform === 'win32' ? '\\\\.\\CON' : '/dev/tty', 'r+')
  } catch {
    return null
  }
}

function terminalOn(fd: number): Terminal {
  const input = new ReadStream(fd)
  // What was typed ahead or pasted beyond the line's end is the next line's.
  let waiting: Buffer<ArrayBufferLike> = Buffer.alloc(0)
  const restore = (): void => {
    if (!input.destroyed) input.setRawMode(false)
  }
  const onSignal = (name: NodeJS.Signals): void => {
    restore()
    process.exit(signals[name as keyof typeof signals])
  }
  return {
    write: (text) => void writeSync(fd, text),
    async read(prompt, hidden) {
      const editor = new LineEditor()
      // A process that dies in between would leave a terminal without echo.
      process.once('exit', restore)
      for (const name of Object.keys(signals)) process.once(name, onSignal)
      // Before the prompt: who sees it may type at once.
      if (hidden) input.setRawMode(true)
      writeSync(fd, prompt)
      try {
        const end = await lineInto(editor, input, waiting, (rest) => (waiting = rest))
        if (hidden) writeSync(fd, '\n')
        if (end === 'done') return editor.take()
        editor.wipe()
        return null
      } finally {
        restore()
        process.off('exit', restore)
        for (const name of Object.keys(signals)) process.off(name, onSignal)
      }
    },
    close() {
      waiting.fill(0)
      input.destroy()
    },
  }
}

/** Feeds what waits and what comes until the line ends; `keep` gets what is beyond it. */
function lineInto(
  editor: LineEditor,
  input: ReadStream,
  waiting: Buffer,
  keep: (rest: Buffer) => void,
): Promise<'done' | 'cancel'> {
  const take = (bytes: Buffer): 'done' | 'cancel' | 'more' => {
    for (const [at, byte] of bytes.entries()) {
      const said = editor.feed(byte)
      if (said === 'more') continue
      keep(Buffer.from(bytes.subarray(at + 1)))
      bytes.fill(0)
      return said
    }
    bytes.fill(0)
    return 'more'
  }
  const said = take(waiting)
  if (said !== 'more') return Promise.resolve(said)
  keep(Buffer.alloc(0))
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      input.off('data', onData).off('end', onEnd).off('error', onError)
      input.pause()
    }
    const onData = (bytes: Buffer): void => {
      const end = take(bytes)
      if (end === 'more') return
      stop()
      resolve(end)
    }
    const onEnd = (): void => {
      stop()
      resolve('cancel')
    }
    const onError = (cause: unknown): void => {
      stop()
      reject(new LibralError('vault.no-terminal', {}, { cause }))
    }
    input.on('data', onData).on('end', onEnd).on('error', onError).resume()
  })
}
