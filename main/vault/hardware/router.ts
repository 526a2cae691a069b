import { implement } from '@orpc/server'
import { v7 as uuidv7 } from 'uuid'
import { latest } from '#main/ipc/streams.ts'
import { LibralError } from '#protocol/errors.ts'
import { vaultContract } from '../contract.ts'
import type { Vault } from '../vault.ts'
import { agentIdentities, takeAgent } from './agent-identities.ts'
import { generateOnCard } from './card-generate.ts'
import { cardParts } from './card-parts.ts'
import { changePin, setResetCode, unblockPin } from './card-pins.ts'
import { resetCard, setTouch } from './card-settings.ts'
import { certificatesOver, type HeldPart } from './certificates-over.ts'
import { factoryReset, lostOnCard, touchForGood } from './confirmations.ts'
import type { Waits } from './hardware.ts'
import { heldByToken } from './held-key.ts'
import { libraryName } from './modules.ts'
import { withSecrets } from './secrets.ts'
import { shownHardware } from './shown-hardware.ts'
import { addOwn } from './take.ts'
import { takeCard } from './take-card.ts'

const os = implement(vaultContract.hardware).$context<{ readonly vault: Vault }>()
const done = {}
const agreed = async (): Promise<true> => true
const wholeSeconds = (now: number): Date => new Date(Math.floor(now / 1000) * 1000)

/** Cards, tokens and gpg-agent's keys. Failures are LibralErrors. */
export const hardwareProcedures = {
  watch: os.watch.handler(async function* ({ context: { vault }, signal }) {
    const { hardware } = vault
    const keyring = vault.keyring()
    const ended = new AbortController()
    hardware.watch(ended.signal)
    let revision = 0
    try {
      const ticks = latest<{ readonly tick: true }>(
        { tick: true },
        (tell) => {
          const changed = (): void => tell({ tick: true })
          const stops = [hardware.onChange(changed), keyring.onChange(changed)]
          return () => {
            for (const stop of stops) stop()
          }
        },
        signal,
      )
      for await (const _ of ticks) yield await shownHardware(vault, revision++)
    } finally {
      ended.abort()
    }
  }),
  waits: os.waits.handler(async function* ({ context: { vault }, signal }) {
    const { hardware } = vault
    vault.keyring()
    const now = () => ({ waits: hardware.waits() })
    yield* latest<{ readonly waits: Waits | null }>(now(), (tell) => hardware.onChange(() => tell(now())), signal)
  }),
  refresh: os.refresh.handler(async ({ context: { vault } }) => {
    vault.keyring()
    await vault.hardware.look(true)
    return done
  }),
  changePin: os.changePin.handler(async ({ context: { vault }, input }) => {
    await cardOf(vault).withCard(input.card, (agent, _, ask) => changePin(agent, ask, input.which))
    return done
  }),
  setResetCode: os.setResetCode.handler(async ({ context: { vault }, input }) => {
    await cardOf(vault).withCard(input.card, (agent, _, ask) => setResetCode(agent, ask))
    return done
  }),
  unblockPin: os.unblockPin.handler(async ({ context: { vault }, input }) => {
    await cardOf(vault).withCard(input.card, (agent, _, ask) => unblockPin(agent, ask, input.by))
    return done
  }),
  setTouch: os.setTouch.handler(async ({ context: { vault }, input }) => {
    const hardware = cardOf(vault)
    if (input.touch === 'fixed') await vault.ask(touchForGood(input.card, vault.say), agreed)
    await hardware.withCard(input.card, (agent, _, ask) => setTouch(agent, ask, input.slot, input.touch))
    return done
  }),
  resetCard: os.resetCard.handler(async ({ context: { vault }, input }) => {
    const hardware = cardOf(vault)
    const card = await hardware.withCard(input.card, async (_, it) => it)
    await vault.ask(factoryReset(card, vault.say), agreed)
    await hardware.withCard(input.card, (agent) => resetCard(agent))
    return done
  }),
  makeOnCard: os.makeOnCard.handler(async ({ context: { vault }, input }) => {
    const keyring = vault.keyring()
    const hardware = cardOf(vault)
    const card = await hardware.withCard(input.card, async (_, it) => it)
    if (card.keys.some(({ slot, present }) => slot < 3 && present)) await vault.ask(lostOnCard(card, vault.say), agreed)
    await hardware.making(() =>
      hardware.withCard(input.card, async (agent, _, ask) => {
        for (const slot of [1, 2] as const) await generateOnCard(agent, ask, slot, input.algorithm)
      }),
    )
    const certificates = await overCard(vault, input)
    return addOwn(keyring, certificates, vault.now())
  }),
  takeCard: os.takeCard.handler(async ({ context: { vault }, input }) => {
    const { card, person } = input
    const known = await takeCard(vault, card)
    if (known !== null) return known
    if (person === null) throw new LibralError('hardware.needs-certificate')
    return addOwn(vault.keyring(), await overCard(vault, { card, ...person }), vault.now())
  }),
  addModule: os.addModule.handler(async ({ context: { vault }, input }) => {
    const { file } = input
    await libraryName(file)
    const id = uuidv7()
    await vault.keyring().change((document) => {
      if (document.modules.some((it) => it.file === file)) throw new LibralError('hardware.module-known')
      return { ...document, modules: [...document.modules, { id, file }] }
    })
    await vault.hardware.modules.look(false)
    return { id }
  }),
  removeModule: os.removeModule.handler(async ({ context: { vault }, input }) => {
    await vault.keyring().change((document) => ({
      ...document,
      modules: document.modules.filter(({ id }) => id !== input.id),
    }))
    return done
  }),
  login: os.login.handler(async ({ context: { vault }, input }) => {
    const { hardware } = vault
    vault.keyring()
    await withSecrets(hardware.ask, (ask) => hardware.modules.login(input.module, input.token, ask))
    return done
  }),
  makeOnToken: os.makeOnToken.handler(async ({ context: { vault }, input }) => {
    const { hardware } = vault
    const keyring = vault.keyring()
    const now = vault.now()
    const certificates = await hardware.making(() =>
      withSecrets(hardware.ask, async (ask) => {
        const keys = hardware.modules.keysIn(input.module, input.token, ask)
        const part = async (algorithm: typeof input.sign, use: 'sign' | 'encrypt'): Promise<HeldPart> => {
          const made = await keys.generate(algorithm, use, input.name.slice(0, 60))
          return { key: keys.external(made, wholeSeconds(now)), held: heldByToken(input.token, made.id) }
        }
        const parts = { sign: await part(input.sign, 'sign'), encrypt: await part(input.encrypt, 'encrypt') }
        return certificatesOver(parts, input, now)
      }),
    )
    const made = await addOwn(keyring, certificates, now)
    await withSecrets(hardware.ask, (ask) => hardware.modules.login(input.module, input.token, ask))
    return made
  }),
  takeToken: os.takeToken.handler(async ({ context: { vault }, input }) => {
    const { hardware } = vault
    const keyring = vault.keyring()
    const now = vault.now()
    const certificates = await withSecrets(hardware.ask, async (ask) => {
      const keys = hardware.modules.keysIn(input.module, input.token, ask)
      const found = await keys.list()
      const part = (id: string): HeldPart => {
        const key = found.find((it) => it.id === id)
        if (key === undefined) throw new LibralError('hardware.key-missing')
        return { key: keys.external(key, wholeSeconds(now)), held: heldByToken(input.token, id) }
      }
      const encrypt = input.encrypt === null ? null : part(input.encrypt)
      return certificatesOver({ sign: part(input.sign), encrypt }, input, now)
    })
    return addOwn(keyring, certificates, now)
  }),
  agentIdentities: os.agentIdentities.handler(async ({ context: { vault } }) => ({
    identities: await agentIdentities(vault),
  })),
  takeAgent: os.takeAgent.handler(({ context: { vault }, input }) => takeAgent(vault, input.fingerprint, input.modern)),
}

/** @throws LibralError `vault.locked` */
const cardOf = (vault: Vault): Vault['hardware'] => {
  vault.keyring()
  return vault.hardware
}

/** Certificates over the keys that the card has now. */
async function overCard(vault: Vault, input: { readonly card: string } & Parameters<typeof certificatesOver>[1]) {
  const { hardware } = vault
  const { name, email, days, companion } = input
  return withSecrets(hardware.ask, (ask) =>
    hardware.alone(async () => {
      const { card, sign, encrypt, authenticate } = await cardParts(hardware, ask)
      if (card.number !== input.card)
        throw new LibralError('hardware.other-card', { wanted: input.card, present: card.number })
      if (sign === null) throw new LibralError('hardware.card-empty')
      return certificatesOver({ sign, encrypt, authenticate }, { name, email, days, companion }, vault.now())
    }),
  )
}
