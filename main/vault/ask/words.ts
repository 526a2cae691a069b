import type { Question } from '#protocol/vault-window.ts'
import type { Asked } from './question.ts'
import type { SayVault } from './texts.ts'

/** The words around a question, in the window and at the terminal. */
export const wordsOf = (asked: Asked, say: SayVault): Question['words'] => ({
  field: say(asked.password === true ? 'field.password' : 'field'),
  again: say('again'),
  accept: asked.accept,
  cancel: say('cancel'),
  short: say('short'),
  differ: say('differ'),
  wrong: say(asked.password === true ? 'wrong.password' : 'wrong'),
  busy: say('busy'),
  ...asked.words,
})
