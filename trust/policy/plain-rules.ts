import type { Money } from '#protocol/money.ts'
import type { ApprovalNeed } from '#protocol/verdict.ts'
import { readCount, readRoles, readSums, readTerm } from './requirements.ts'

/**
 * Reads a policy set without an engine, as far as a review needs it: scopes, annotations and the plainest conditions.
 * Whatever is not plain is `other`, so that nothing rests on a guess at it.
 */

/** One thing that a condition says. A rule applies when all of it is true. */
export type Condition =
  | { readonly kind: 'administrators'; readonly least: number }
  | { readonly kind: 'has'; readonly what: 'target' | 'roles' }
  | { readonly kind: 'rolesContain'; readonly role: string }
  | { readonly kind: 'other' }

export interface PlainRule {
  /** Of its annotation; empty without. */
  readonly id: string
  readonly effect: 'permit' | 'forbid'
  readonly principal:
    | { readonly kind: 'any' }
    | { readonly kind: 'role'; readonly id: string }
    | { readonly kind: 'operator'; readonly id: string }
    | { readonly kind: 'other' }
  /** null: any. `groups`: permissions, which hold all commands that name them. */
  readonly actions: { readonly commands: readonly string[]; readonly permissions: readonly string[] } | null
  /** Its resource is none but the deployment. */
  readonly anywhere: boolean
  readonly conditions: readonly Condition[]
  readonly approvals: ApprovalNeed | null
  /** null: the rule applies whatever the sums. */
  readonly above: readonly Money[]
}

/** @returns null where it can't be read as policies in this way: then nothing is known of it */
export const readPlainRules = (text: string): readonly PlainRule[] | null => {
  try {
    const reader = new Reader(tokensOf(text))
    const rules: PlainRule[] = []
    while (!reader.atEnd) rules.push(ruleIn(reader))
    return rules
  } catch (thrown) {
    if (thrown instanceof Unreadable) return null
    throw thrown
  }
}

class Unreadable extends Error {}

const token =
  /(?:\s+|\/\/[^\n]*)|("(?:[^"\\]|\\.)*"|[A-Za-z_][A-Za-z0-9_]*|[0-9]+|::|==|!=|<=|>=|&&|\|\||[@(){}[\],;.<>!+\-*?:])/uy

const tokensOf = (text: string): readonly string[] => {
  const tokens: string[] = []
  for (token.lastIndex = 0; token.lastIndex < text.length; ) {
    const found = token.exec(text)
    if (found === null) throw new Unreadable()
    if (found[1] !== undefined) tokens.push(found[1])
  }
  return tokens
}

/** Escapes are left to Cedar. */
const textOf = (literal: string | undefined): string => {
  if (literal === undefined || !literal.startsWith('"') || literal.includes('\\')) throw new Unreadable()
  return literal.slice(1, -1)
}

class Reader {
  readonly #tokens: readonly string[]
  #at = 0

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens
  }

  get atEnd(): boolean {
    return this.#at >= this.#tokens.length
  }

  isNext(token: string): boolean {
    return this.#tokens[this.#at] === token
  }

  take(wanted?: string): string {
    const taken = this.#tokens[this.#at++]
    if (taken === undefined || (wanted !== undefined && taken !== wanted)) throw new Unreadable()
    return taken
  }

  /** What stands between a bracket and the one that closes it. */
  within(open: string, close: string): readonly string[] {
    this.take(open)
    const inner: string[] = []
    for (let depth = 1; ; ) {
      const taken = this.take()
      if (taken === open) depth++
      if (taken === close && --depth === 0) return inner
      inner.push(taken)
    }
  }
}

const ruleIn = (reader: Reader): PlainRule => {
  const annotations = new Map<string, string>()
  while (reader.isNext('@')) {
    reader.take('@')
    const name = reader.take()
    if (annotations.has(name)) throw new Unreadable()
    const value = reader.isNext('(') ? reader.within('(', ')') : ['""']
    if (value.length !== 1) throw new Unreadable()
    // What a label says is nobody's affair here, escapes and all.
    annotations.set(name, name === 'label' ? '' : textOf(value[0]))
  }
  const effect = reader.take()
  if (effect !== 'permit' && effect !== 'forbid') throw new Unreadable()
  const [principal, action, resource] = scopeOf(reader.within('(', ')'))
  const conditions: Condition[] = []
  while (!reader.isNext(';')) {
    const kind = reader.take()
    if (kind !== 'when' && kind !== 'unless') throw new Unreadable()
    const body = reader.within('{', '}')
    conditions.push(...(kind === 'when' ? conditionsIn(body) : [{ kind: 'other' } as const]))
  }
  reader.take(';')
  return {
    id: annotations.get('id') ?? '',
    effect,
    principal: principalOf(principal),
    actions: actionsOf(action),
    anywhere: ['resource', 'resource == Deployment :: "this"', 'resource is Deployment'].includes(resource.join(' ')),
    conditions,
    ...boundsOf(annotations),
  }
}

const boundsOf = (annotations: ReadonlyMap<string, string>): Pick<PlainRule, 'approvals' | 'above'> => {
  const [count, held, term, sums] = ['approvals', 'approvers', 'within', 'above'].map((name) => annotations.get(name))
  const above = sums === undefined ? [] : readSums(sums)
  if (above === undefined) throw new Unreadable()
  if (count === undefined && held === undefined && term === undefined) return { approvals: null, above }
  const need = { count: readCount(count ?? ''), roles: readRoles(held ?? ''), withinMs: readTerm(term ?? '') }
  if (!need.count || !need.roles || !need.withinMs) throw new Unreadable()
  return { approvals: { count: need.count, roles: need.roles, withinMs: need.withinMs }, above }
}

const scopeOf = (tokens: readonly string[]): readonly [string[], string[], string[]] => {
  const parts: string[][] = [[]]
  let depth = 0
  for (const one of tokens) {
    if (one === '[') depth++
    if (one === ']') depth--
    if (one === ',' && depth === 0) parts.push([])
    else parts.at(-1)?.push(one)
  }
  if (parts.at(-1)?.length === 0) parts.pop()
  const [principal, action, resource] = parts
  if (parts.length !== 3 || !principal || !action || !resource) throw new Unreadable()
  return [principal, action, resource]
}

const principalOf = (tokens: readonly string[]): PlainRule['principal'] => {
  if (tokens.join(' ') === 'principal') return { kind: 'any' }
  const [, how, type, colons, id] = tokens
  if (tokens.length === 5 && colons === '::') {
    if (how === 'in' && type === 'Role') return { kind: 'role', id: textOf(id) }
    if (how === '==' && type === 'Operator') return { kind: 'operator', id: textOf(id) }
  }
  return { kind: 'other' }
}

const actionsOf = (tokens: readonly string[]): PlainRule['actions'] => {
  const [what, how, ...named] = tokens
  if (what !== 'action') throw new Unreadable()
  if (how === undefined) return null
  const list = named[0] === '[' && named.at(-1) === ']' ? named.slice(1, -1) : named
  const commands: string[] = []
  const permissions: string[] = []
  for (let at = 0; at < list.length; at += 6) {
    const [space, , type, , id, comma] = list.slice(at, at + 6)
    const spelt = list.slice(at, at + 4).join('') === `${space}::${type}::` && type === 'Action'
    if (!spelt || (comma !== undefined && comma !== ',')) throw new Unreadable()
    if (space === 'Command') commands.push(textOf(id))
    // `== Permission` is reading alone; as a group it stands behind `in`.
    else if (space === 'Permission') {
      if (how === 'in') permissions.push(textOf(id))
    } else throw new Unreadable()
  }
  if (how !== '==' && how !== 'in') throw new Unreadable()
  return { commands, permissions }
}

const conditionsIn = (body: readonly string[]): readonly Condition[] => {
  // These bind looser than `&&`, so that no part of it would stand for itself.
  if (body.includes('||') || body.includes('if')) return [{ kind: 'other' }]
  const parts: string[][] = [[]]
  let depth = 0
  for (const one of body) {
    if ('([{'.includes(one)) depth++
    if (')]}'.includes(one)) depth--
    if (one === '&&' && depth === 0) parts.push([])
    else parts.at(-1)?.push(one)
  }
  return parts.map((part) => conditionOf(part.join(' ')))
}

const conditionOf = (said: string): Condition => {
  const least = /^context \. administrators (>=|>) ([0-9]{1,9})$/.exec(said)
  if (least) return { kind: 'administrators', least: Number(least[2]) + (least[1] === '>' ? 1 : 0) }
  const has = /^context has (target|roles)$/.exec(said)?.[1]
  if (has === 'target' || has === 'roles') return { kind: 'has', what: has }
  const role = /^context \. roles \. contains \( Role :: "([a-z]+)" \)$/.exec(said)?.[1]
  return role === undefined ? { kind: 'other' } : { kind: 'rolesContain', role }
}
