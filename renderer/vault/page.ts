import type { portMessage } from '#protocol/desktop.ts'
import type { Answer, Question } from '#protocol/vault-window.ts'
import { secretField } from './secret-field.ts'

/**
 * The vault's own window: shows what the vault's process asks and gives back what is typed, over a port between the
 * two alone. It ends with its process as soon as the question is settled.
 */
const message: typeof portMessage = 'libral:port'

window.addEventListener('message', (event: MessageEvent<{ readonly type?: unknown }>) => {
  const port = event.ports[0]
  if (event.source !== window || event.data.type !== message || port === undefined) return
  port.onmessage = ({ data }: MessageEvent<Question | { readonly t: 'busy' }>) => {
    if (data.t === 'question') show(data, (answer) => port.postMessage(answer))
    else busy()
  }
})

const element = <Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  text: string,
  attributes: Readonly<Record<string, string>> = {},
): HTMLElementTagNameMap[Name] => {
  const made = document.createElement(name)
  made.textContent = text
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  return made
}

let busyWord = ''

const busy = (): void => {
  for (const control of document.querySelectorAll<HTMLInputElement | HTMLButtonElement>('input, button'))
    control.disabled = true
  const alert = document.querySelector('[role=alert]')
  if (alert !== null) alert.textContent = busyWord
}

/** A line that may be seen: what is typed here is recorded. */
const lineOf = (form: HTMLFormElement, label: string) => {
  const outer = element('label', label)
  const input = element('input', '', { type: 'text', autocomplete: 'off', maxlength: '200' })
  outer.append(input)
  form.append(outer)
  return {
    value: () => input.value.trim(),
    clear: () => {
      input.value = ''
    },
    focus: () => input.focus(),
  }
}

const inputOf = (form: HTMLFormElement, label: string) => {
  const outer = element('label', label)
  const input = element('input', '', { type: 'password', autocomplete: 'off', spellcheck: 'false' })
  outer.append(input)
  form.append(outer)
  return { ...secretField(input), focus: () => input.focus() }
}

/** Radio buttons, the first chosen. */
const choicesOf = (form: HTMLFormElement, choices: Question['choices']): (() => number) => {
  if (choices === null) return () => 0
  const group = element('fieldset', '')
  group.append(element('legend', choices.label))
  const buttons = choices.items.map((item, at) => {
    const outer = element('label', '')
    const button = element('input', '', { type: 'radio', name: 'choice' })
    button.checked = at === 0
    outer.append(button, element('span', item))
    group.append(outer)
    return button
  })
  form.append(group)
  return () => buttons.findIndex(({ checked }) => checked)
}

/** How long a confirmation is shown before it takes a yes: a page could bring it up under somebody's finger. */
const armMs = 400

const armLater = (accept: HTMLButtonElement, focused: { focus(): void }): void => {
  accept.disabled = true
  setTimeout(() => {
    accept.disabled = false
    // Unless the person went elsewhere meanwhile.
    if (document.activeElement === document.body) focused.focus()
  }, armMs)
}

const show = (question: Question, give: (answer: Answer) => void): void => {
  const { words, fields } = question
  busyWord = words.busy
  document.documentElement.lang = question.lang
  document.title = question.title
  const form = element('form', '')
  form.append(element('h1', question.title), ...question.body.map((it) => element('p', it)))
  if (question.facts.length > 0) {
    const list = element('dl', '')
    for (const { label, value } of question.facts) list.append(element('dt', label), element('dd', value))
    form.append(list)
  }
  const choice = choicesOf(form, question.choices)
  const first = fields === 'none' ? null : (fields === 'line' ? lineOf : inputOf)(form, words.field)
  const again = fields === 'two' ? inputOf(form, words.again) : null
  const alert = element('p', question.wrong ? words.wrong : '', { role: 'alert' })
  const footer = element('footer', '')
  const cancel = element('button', words.cancel, { type: 'button' })
  const accept = element('button', words.accept, { 'data-look': question.danger ? 'danger' : 'primary' })
  // Where nothing is asked there is nothing to cancel.
  if (words.cancel !== '') footer.append(cancel)
  footer.append(accept)
  form.append(alert, footer)
  const main = element('main', '')
  main.append(form)
  document.body.replaceChildren(main)
  // What is dangerous is not the answer to a hasty Enter, and a yes is not the end of a press that began elsewhere.
  const focused = first ?? (question.danger ? cancel : accept)
  if (fields === 'none') armLater(accept, focused)
  focused.focus()
  cancel.addEventListener('click', () => give({ t: 'cancel' }))
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const typed = first?.value() ?? ''
    if (first !== null && [...typed].length < question.least) {
      alert.textContent = words.short
      first.focus()
      return
    }
    if (again !== null && again.value() !== typed) {
      alert.textContent = words.differ
      again.focus()
      return
    }
    give({ t: 'answer', secret: new TextEncoder().encode(typed), choice: choice() })
    for (const field of [first, again]) field?.clear()
  })
}

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') window.close()
})
