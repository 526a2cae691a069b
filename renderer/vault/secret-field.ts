/** What stands in the field for each character; the field never holds anything else. */
const dot = '•'

/** Characters that are kept, and where the caret stands among them. */
export interface Typed {
  readonly characters: readonly string[]
  readonly caret: number
}

/** Where what is selected begins and ends; equal at a caret alone. */
type Selection = readonly [from: number, to: number]

/** What was typed after one edit, as `InputEvent.inputType` names it (https://www.w3.org/TR/input-events-2/). */
export function edited(characters: readonly string[], [from, to]: Selection, kind: string, text: string): Typed {
  if (!kind.startsWith('delete')) return spliced(characters, from, to, [...text])
  if (from !== to) return spliced(characters, from, to, [])
  const forward = kind.endsWith('Forward')
  // Of words and lines nothing is to be seen among dots: all on that side goes.
  if (!kind.startsWith('deleteContent')) return spliced(characters, forward ? from : 0, forward ? Infinity : from, [])
  return spliced(characters, forward ? from : Math.max(0, from - 1), forward ? from + 1 : from, [])
}

const spliced = (characters: readonly string[], from: number, to: number, added: readonly string[]): Typed => ({
  characters: [...characters.slice(0, from), ...added, ...characters.slice(Math.min(to, characters.length))],
  caret: from + added.length,
})

/**
 * Keeps a passphrase beside its field. Chromium tells its main process the text of whatever field is typed into, for the
 * sake of input methods, and that process outlives this window by far; so the field holds dots and nothing else.
 */
export function secretField(input: HTMLInputElement): { value(): string; clear(): void } {
  let characters: readonly string[] = []
  const selection = (): Selection => {
    const from = input.selectionStart ?? characters.length
    return [from, input.selectionEnd ?? from]
  }
  const enter = (typed: Typed): void => {
    characters = typed.characters
    input.value = dot.repeat(characters.length)
    input.setSelectionRange(typed.caret, typed.caret)
  }
  input.addEventListener('beforeinput', (event) => {
    // What an input method is composing can't be held back; it is taken up when it ends. Enter sends the form.
    if (!event.cancelable || event.inputType === 'insertLineBreak') return
    event.preventDefault()
    if (event.inputType.startsWith('history')) return
    const text = event.data ?? event.dataTransfer?.getData('text/plain') ?? ''
    enter(edited(characters, selection(), event.inputType, text.replaceAll(/[\r\n]/g, '')))
  })
  input.addEventListener('compositionend', () => {
    const shown = [...input.value]
    const kept = [...characters]
    const added = shown.filter((it) => it !== dot)
    const from = shown.findIndex((it) => it !== dot)
    if (added.length === 0) return enter({ characters: kept.slice(0, shown.length), caret: shown.length })
    const after = shown.length - from - added.length
    enter(spliced(kept, from, kept.length - after, added))
  })
  return {
    value: () => characters.join(''),
    clear: () => enter({ characters: [], caret: 0 }),
  }
}
