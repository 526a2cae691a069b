import { spawn } from 'node:child_process'

export interface TerminalRun {
  /** All that a person would have seen. */
  shown(): string
  /** Resolves when it was shown (after what an earlier call found). */
  sees(text: RegExp): Promise<RegExpExecArray>
  types(text: string): void
  readonly ended: Promise<void>
}

/** Runs a shell command in a pseudo terminal (util-linux' `script`), as a person at the keyboard has one. */
export function inTerminal(command: string, env: NodeJS.ProcessEnv = process.env): TerminalRun {
  const child = spawn('script', ['-qec', command, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  let text = ''
  let from = 0
  const waiting = new Set<() => void>()
  child.stdout.on('data', (bytes: Buffer) => {
    text += bytes.toString()
    for (const look of [...waiting]) look()
  })
  const ended = new Promise<void>((resolve, reject) => child.once('error', reject).once('close', () => resolve()))
  return {
    shown: () => text,
    sees: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(text.slice(from))
          if (found === null) return
          from += found.index + found[0].length
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
        void ended.then(() => reject(new Error(`never shown: ${pattern}\n${text}`)))
      }),
    types: (input) => void child.stdin.write(input),
    ended,
  }
}
