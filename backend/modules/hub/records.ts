import {
  collectionRebuilt,
  forgetInstance,
  instanceForgotten,
  instanceRecorded,
  instances,
  moduleChanged,
  moduleRecorded,
  modules,
  recordInstance,
  recordModule,
  recordRebuilt,
} from '#protocol/hub.ts'
import { accept, defineHandler, defineProjection, happened, ref, refuse } from '../../kernel/module.ts'
import { stoppedOnRequest } from '../../kernel/supervisor.ts'

const module = defineHandler({
  command: recordModule,
  reads: ({ instance, module: name }) => [ref(modules, `${instance}/${name}`)],
  decide: (params, _meta, state) => {
    const recorded = happened(moduleRecorded, params)
    const before = state.get(modules, `${params.instance}/${params.module}`)?.state
    const now = params.state
    // Passing states say nothing that a person wants to read; nor does the first sight of a module that runs.
    if (now === before || now === 'starting' || now === 'stopping') return accept(recorded)
    if (before === undefined && now === 'running') return accept(recorded)
    const { instance } = params
    // The request has a line of its own.
    const reason = params.reason === stoppedOnRequest ? '' : params.reason
    return accept(recorded, happened(moduleChanged, { module: params.module, instance, state: now, reason }))
  },
})

const instance = defineHandler({
  command: recordInstance,
  reads: () => [],
  decide: (params) => accept(happened(instanceRecorded, params)),
})

const rebuilt = defineHandler({
  command: recordRebuilt,
  reads: () => [],
  decide: (params) => accept(happened(collectionRebuilt, params)),
})

export const recordHandlers = [module, instance, rebuilt]

/** @param names of the modules that instances of this build have */
export const forgetHandler = (names: () => readonly string[]) =>
  defineHandler({
    command: forgetInstance,
    reads: ({ instance: name }) => [ref(instances, name), ...names().map((one) => ref(modules, `${name}/${one}`))],
    decide: ({ instance: name }, _meta, state) => {
      if (!state.get(instances, name)) return refuse('hub.instance-unknown', { instance: name })
      const listed = names().filter((one) => state.get(modules, `${name}/${one}`))
      return accept(happened(instanceForgotten, { instance: name, modules: listed }))
    },
  })

export const recordProjections = [
  defineProjection({
    on: moduleRecorded,
    into: modules,
    reads: (data) => [`${data.instance}/${data.module}`],
    project: (data, meta, get) => {
      const key = `${data.instance}/${data.module}`
      const before = get(key)
      return [{ key, row: { ...data, since: before?.state === data.state ? before.since : meta.at } }]
    },
  }),
  defineProjection({
    on: instanceForgotten,
    into: modules,
    reads: () => [],
    project: ({ instance: name, modules: listed }) => listed.map((one) => ({ key: `${name}/${one}`, row: null })),
  }),
  defineProjection({
    on: instanceForgotten,
    into: instances,
    reads: () => [],
    project: ({ instance: name }) => [{ key: name, row: null }],
  }),
  defineProjection({
    on: instanceRecorded,
    into: instances,
    reads: () => [],
    project: (data, meta) => [
      { key: data.instance, row: { ...data, stoppedAt: data.state === 'running' ? null : meta.at } },
    ],
  }),
]
